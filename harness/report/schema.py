"""The JSON Schema of `summary.json`, from the types and what their source says of each field."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_args, get_type_hints

import msgspec

from harness.report.run import SCHEMA, Run
from harness.report.summary import Summary


def schema() -> str:
    """Draft 2020-12."""
    (reference,), definitions = msgspec.json.schema_components([Summary])
    for struct in {*_structs(Summary)}:
        words = _words(Run) | _words(struct) if struct is Summary else _words(struct)
        for name, field in definitions[struct.__name__]["properties"].items():
            if name in words:
                field["description"] = words[name]
    title = f"summary.json of live-harness, schema {SCHEMA}"
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps({"$schema": dialect, "title": title, **reference, "$defs": definitions}, indent=2) + "\n"


def _structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    """It and all that are in its fields."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for field in get_type_hints(kind).values():
            yield from _structs(field)
    for part in get_args(kind):
        yield from _structs(part)


def _words(struct: type[msgspec.Struct]) -> dict[str, str]:
    """What stands below each field, in one line."""
    [declared] = ast.parse(textwrap.dedent(inspect.getsource(struct))).body
    told = {}
    for field, below in pairwise(ast.iter_child_nodes(declared)):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                told[name] = " ".join(words.split())
    return told
