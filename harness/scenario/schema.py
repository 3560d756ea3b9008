"""A JSON Schema for editors, generated from the types of the files.

It knows every key, literal and unit; what takes more than one place to tell, such as the order of steps, only the
loader knows.
"""

from typing import Any

import msgspec

from harness.contract.profile import Profile
from harness.scenario.call import Call, Probe
from harness.scenario.load import Load
from harness.scenario.sound import AudioFile, Rendering
from harness.scenario.steps import STEPS


def json_schema() -> dict[str, Any]:
    """One schema (draft 2020-12) for call, probe, load and profile files."""
    files = (Call, Probe, Load, Profile)
    _, components = msgspec.json.schema_components(
        [*files, Rendering, AudioFile, *STEPS.values()], schema_hook=lambda _: {"type": "string"}
    )
    defs = _as_written(components)
    defs["Step"] = _steps(defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "anyOf": [_ref(kind.__name__) for kind in files],
        "$defs": {name: defs[name] for name in _reached(defs, [kind.__name__ for kind in files])},
    }


def _as_written(schema: Any) -> Any:
    """The schema, with quantities as text with a unit in place of the numbers that the types and defaults hold."""
    match schema:
        case {"written": written}:
            return written
        case dict():
            return {key: _as_written(value) for key, value in schema.items() if key != "default"}
        case list():
            return [_as_written(value) for value in schema]
        case _:
            return schema


def _steps(defs: dict[str, Any]) -> dict[str, Any]:
    bare = [word for word, step in STEPS.items() if not defs[step.__name__]["required"]]
    forms = {}
    for word, step in STEPS.items():
        short = [defs[step.__name__]["properties"][step.short]] if step.short else []
        empty = [{"type": "null"}] if word in bare else []
        forms[word] = {"anyOf": [_ref(step.__name__), *short, *empty]}
    one_key = {
        "type": "object",
        "properties": forms,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [{"enum": bare}, one_key]}


def _reached(defs: dict[str, Any], names: list[str]) -> list[str]:
    """The definitions that these ones lead to, themselves included."""
    reached = list(names)
    for name in reached:  # grows meanwhile
        reached += [other for other in defs if other not in reached and _ref(other)["$ref"] in _references(defs[name])]
    return reached


def _references(schema: Any) -> set[str]:
    match schema:
        case dict():
            below = set().union(*map(_references, schema.values()))
            return below | ({schema["$ref"]} if "$ref" in schema else set())
        case list():
            return set().union(*map(_references, schema))
        case _:
            return set()


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}
