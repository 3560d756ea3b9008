"""Located values into typed ones, by the types' own declaration; whatever does not fit is a located `UsageError`.

Types are msgspec structs of text, numbers, literals, lists, mappings and further structs. What is written in a form
of its own, such as a duration, is declared where the field is:

    Duration = Annotated[float, written(quantities.duration, "a duration such as 5s or 200ms")]
"""

import contextlib
import operator
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import inspect

from harness.documents.located import Node
from harness.errors import UsageError

T = TypeVar("T")


def scalar(node: Node, read: Callable[[str], T], expected: str) -> T:
    """What `read` makes of a scalar; its `ValueError` becomes a `UsageError` with the place."""
    if isinstance(node.value, bool | list | dict | None):
        raise node.error(f"got {node}", expected)
    try:
        return read(str(node.value))
    except ValueError as problem:
        raise node.error(str(problem)) from problem


def written(read: Callable[[str], object], expected: str, **schema: object) -> msgspec.Meta:
    """A scalar that `read` understands, or refuses with a `ValueError`; `schema` is what an editor can know of it."""
    return by_hand(lambda node: scalar(node, read, expected), expected, **{"type": "string", **schema})


def by_hand(read: Callable[[Node], object], expected: str, **schema: object) -> msgspec.Meta:
    """A value that `read` makes of its node."""
    shown = {"written": {"description": expected, **schema}}
    return msgspec.Meta(extra={"read": read, "expected": expected}, extra_json_schema=shown)


def convert(node: Node, type_: type[T]) -> T:
    """The node as a `type_`. Unknown and missing keys, wrong types, values out of range: `UsageError`."""
    return cast("T", _read(node, inspect.type_info(type_)))


def _read(node: Node, kind: inspect.Type) -> Any:
    return _READERS[type(kind)](node, kind)


def _read_by_hand(node: Node, kind: inspect.Metadata) -> Any:
    if kind.extra is None:
        return _read(node, kind.type)
    return _bounded(node, kind.extra["read"](node), kind)


def _read_scalar(node: Node, kind: inspect.Type) -> Any:
    if type(node.value) not in _SCALARS[type(kind)]:
        raise node.error(f"got {node}", _expected(kind))
    return _bounded(node, node.value, kind)


def _read_literal(node: Node, kind: inspect.LiteralType) -> Any:
    if node.value not in kind.values:
        raise node.error(f"got {node}", _expected(kind), among=kind.values)
    return node.value


def _read_items(node: Node, kind: inspect.VarTupleType | inspect.FrozenSetType) -> Any:
    if not isinstance(node.value, list):
        raise node.error(f"got {node}", "a list")
    collect = tuple if isinstance(kind, inspect.VarTupleType) else frozenset
    return collect(_read(item, kind.item_type) for item in node.value)


def _read_dict(node: Node, kind: inspect.DictType) -> Any:
    if not isinstance(node.value, dict):
        raise node.error(f"got {node}", "a mapping")
    return {
        _read(Node(key, value.place), kind.key_type): _read(value, kind.value_type) for key, value in node.value.items()
    }


def _read_struct(node: Node, kind: inspect.StructType) -> Any:
    if not isinstance(node.value, dict):
        raise node.error(f"got {node}", _expected(kind))
    names = [field.encode_name for field in kind.fields]
    for key, value in node.value.items():
        if key not in names and key != kind.tag_field:
            raise value.place.error("unknown key", f"one of {', '.join(names)}", got=key, among=names)
    values = {}
    for field in kind.fields:
        if field.encode_name in node.value:
            values[field.name] = _read(node.value[field.encode_name], field.type)
        elif field.required:
            raise node.error(f"{field.encode_name!r} is missing", _expected(field.type))
    try:
        return kind.cls(**values)
    except ValueError as problem:  # from the struct's own __post_init__
        raise node.error(str(problem)) from problem


def _read_one_of(node: Node, union: inspect.UnionType) -> Any:
    """The first alternative that fits. Structs are told apart by their tag."""
    kinds = [kind for kind in union.types if not isinstance(kind, inspect.NoneType)]
    structs = [kind for kind in kinds if isinstance(kind, inspect.StructType)]
    if node.value is None and union.includes_none:
        return None
    if len(structs) > 1 and isinstance(node.value, dict):
        return _read_struct(node, _by_tag(node, structs))
    if len(kinds) == 1:
        return _read(node, kinds[0])
    for kind in kinds:
        with contextlib.suppress(UsageError):
            return _read(node, kind)
    words = [word for kind in kinds if isinstance(kind, inspect.LiteralType) for word in kind.values]
    raise node.error(f"got {node}", _expected(union), among=words)


def _by_tag(node: Node, kinds: list[inspect.StructType]) -> inspect.StructType:
    field = str(kinds[0].tag_field)
    tags = {kind.tag: kind for kind in kinds}
    if field not in node.value:
        raise node.error(f"{field!r} is missing", " or ".join(map(str, tags)))
    tag = node.value[field]
    if tag.value not in tags:
        raise tag.error(f"got {tag}", " or ".join(map(str, tags)), among=tags)
    return tags[tag.value]


def _bounded(node: Node, value: Any, kind: inspect.Type) -> Any:
    if not all(holds(value, bound) for _, holds, bound in _bounds(kind)):
        raise node.error(f"{node} is out of range", _expected(kind))
    return value


def _bounds(kind: inspect.Type) -> list[tuple[str, Callable[[Any, Any], bool], float]]:
    if isinstance(kind, inspect.Metadata):
        return _bounds(kind.type)
    if not isinstance(kind, inspect.IntType | inspect.FloatType):
        return []
    bounds = (
        ("more than", operator.gt, kind.gt),
        ("at least", operator.ge, kind.ge),
        ("less than", operator.lt, kind.lt),
        ("at most", operator.le, kind.le),
    )
    return [(words, holds, bound) for words, holds, bound in bounds if bound is not None]


def _expected(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata(extra={"expected": str(words)}):
            pass
        case inspect.LiteralType(values=values):
            words = " or ".join(map(str, values)) if len(values) < 3 else f"one of {', '.join(map(str, values))}"
        case inspect.StructType(fields=fields):
            words = f"a mapping with {', '.join(field.encode_name for field in fields)}"
        case inspect.UnionType(types=types):
            words = " or ".join(_expected(each) for each in types if not isinstance(each, inspect.NoneType))
        case _:
            words = _NOUNS[type(kind)]
    return ", ".join([words, *(f"{comparison} {bound:g}" for comparison, _, bound in _bounds(kind))])


_READERS: Final[dict[type[inspect.Type], Callable[[Node, Any], Any]]] = {
    inspect.Metadata: _read_by_hand,
    inspect.StrType: _read_scalar,
    inspect.BoolType: _read_scalar,
    inspect.IntType: _read_scalar,
    inspect.FloatType: _read_scalar,
    inspect.LiteralType: _read_literal,
    inspect.VarTupleType: _read_items,
    inspect.FrozenSetType: _read_items,
    inspect.DictType: _read_dict,
    inspect.StructType: _read_struct,
    inspect.UnionType: _read_one_of,
}
_SCALARS: Final[dict[type[inspect.Type], tuple[type, ...]]] = {
    inspect.StrType: (str,),
    inspect.BoolType: (bool,),
    inspect.IntType: (int,),  # and not bool
    inspect.FloatType: (int, float),
}
_NOUNS: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "text",
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.VarTupleType: "a list",
    inspect.FrozenSetType: "a list",
    inspect.DictType: "a mapping",
}
