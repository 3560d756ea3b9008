"""Services that are not quite the sandbox: mutants break the contract on purpose, variants keep it differently.

A mutant is there to be killed by the checks of the requirements that it names, and by no other; a variant by none.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from harness.sandbox.service import Service

Kind = TypeVar("Kind", bound=type[Service])


@dataclass(frozen=True, slots=True)
class Altered:
    """A service under a name. `trips` holds the requirements that it breaks: none, for a variant."""

    name: str
    service: type[Service]
    trips: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """What is different, in one line."""
        return (inspect.getdoc(self.service) or "").partition("\n")[0]


MUTANTS: Final[dict[str, Altered]] = {}
VARIANTS: Final[dict[str, Altered]] = {}


def mutant(name: str, *, trips: tuple[str, ...]) -> Callable[[Kind], Kind]:
    """Enter a service that breaks the requirements `trips`, and nothing else."""
    return _entering(MUTANTS, name, trips)


def variant(name: str) -> Callable[[Kind], Kind]:
    """Enter a service that keeps the contract, but makes other choices where it is open."""
    return _entering(VARIANTS, name, ())


def _entering(register: dict[str, Altered], name: str, trips: tuple[str, ...]) -> Callable[[Kind], Kind]:
    def enter(service: Kind) -> Kind:
        if name in register:
            raise ValueError(f"{name!r} is taken by {register[name].service.__name__}")
        register[name] = Altered(name, service, trips)
        return service

    return enter
