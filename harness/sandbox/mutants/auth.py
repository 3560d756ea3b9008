"""Mutants that forget to ask for the key."""

from harness.sandbox.registry import mutant
from harness.sandbox.service import Service


class _Lenient(Service):
    endpoint: str

    def is_authorised(self, endpoint: str, key: str | None) -> bool:
        return (endpoint == self.endpoint and self.passes(key)) or super().is_authorised(endpoint, key)

    def passes(self, key: str | None) -> bool:
        raise NotImplementedError


class _WithoutKey(_Lenient):
    def passes(self, key: str | None) -> bool:
        return not key


class _WithAnyKey(_Lenient):
    def passes(self, key: str | None) -> bool:
        return bool(key)


@mutant("start-without-key", trips=("AUTH-1",))
class StartWithoutKey(_WithoutKey):
    """Starts a session for a client without a key."""

    endpoint = "start"


@mutant("start-with-any-key", trips=("AUTH-1",))
class StartWithAnyKey(_WithAnyKey):
    """Starts a session for a client with a wrong key."""

    endpoint = "start"


@mutant("chunk-without-key", trips=("AUTH-2",))
class ChunkWithoutKey(_WithoutKey):
    """Takes a chunk without a key."""

    endpoint = "chunk"


@mutant("chunk-with-any-key", trips=("AUTH-2",))
class ChunkWithAnyKey(_WithAnyKey):
    """Takes a chunk with a wrong key."""

    endpoint = "chunk"


@mutant("control-without-key", trips=("AUTH-3",))
class ControlWithoutKey(_WithoutKey):
    """Obeys control requests without a key."""

    endpoint = "control"


@mutant("control-with-any-key", trips=("AUTH-3",))
class ControlWithAnyKey(_WithAnyKey):
    """Obeys control requests with a wrong key."""

    endpoint = "control"


@mutant("events-without-key", trips=("AUTH-4",))
class EventsWithoutKey(_WithoutKey):
    """Shows the events to a consumer without a key."""

    endpoint = "events"


@mutant("events-with-any-key", trips=("AUTH-4",))
class EventsWithAnyKey(_WithAnyKey):
    """Shows the events to a consumer with a wrong key."""

    endpoint = "events"
