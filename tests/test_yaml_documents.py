"""YAML files: what is read, what is turned down, and where the message points."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.documents.convert import convert
from harness.documents.kinds import Duration
from harness.documents.yaml import MAX_BYTES, parse, read
from harness.errors import UsageError

FILE = Path("some.yaml")


def plain(node):
    """The values without their places."""
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def parsed(text):
    return plain(parse(text.encode(), FILE))


def message_of(read_something):
    with pytest.raises(UsageError) as caught:
        read_something()
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("0", 0),
        ("0.5", 0.5),
        ("-0.5", -0.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("True", "True"),
        ("1:30", "1:30"),
        ("2024-01-31", "2024-01-31"),
        ("0x1F", "0x1F"),
        ("012", "012"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        (".5", ".5"),
        ("9" * 19, "9" * 19),
        ("'5'", "5"),
        ('"true"', "true"),
        ("|\n  5", "5"),
        ("60% of ttl", "60% of ttl"),
        ("< 500ms", "< 500ms"),
        ("= 0", "= 0"),
        ("=", "="),
    ],
)
def test_plain_scalars_are_what_they_look_like(written, value):
    read_back = parsed(f"key: {written}")["key"]
    assert (type(read_back), read_back) == (type(value), value)


def test_keys_are_always_text():
    assert parsed("{on: 1, 5: 2, true: 3, 1:30: 4}") == {"on": 1, "5": 2, "true": 3, "1:30": 4}


def test_values_remember_where_they_stood():
    root = parse(b"a:\n  b:\n    - x\n    - c: y\n", FILE)
    entry = root.value["a"].value["b"].value[1].value["c"]
    assert (entry.place.file, entry.place.line, entry.place.path) == (FILE, 4, "a.b[1].c")


@pytest.mark.parametrize(
    ("text", "line", "fragment"),
    [
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("---\n...\n", 1, "empty"),
        ("null", 1, "empty"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: &x 1\nb: 2\n", 1, "anchors"),
        ("a: 1\nb: *a\n", 2, "anchors"),
        ("&k a: 1\n", 1, "anchors"),
        ("a: 1\nb: !!int 5\n", 2, "tags"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags"),
        ("!!str a: 1\n", 1, "tags"),
        ("a:\n  <<: {b: 1}\n", 2, "merge keys"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "a.b: the key was given before, in line 2"),
        ("a: 1\n'a': 2\n", 2, "before, in line 1"),
        ("? [a]\n: 1\n", 1, "key that is not a word"),
        ("a:\n\t- b\n", 2, "no tabs"),
        ("a:\n  b: >= 99.5%\n", 2, "'>= 99.5%'"),
        ("a: @b\n", 1, "quotes"),
        ("a: b: c\n", 1, "quotes around text"),
        ("a: [1, 2\nb: 3\n", 2, "not YAML"),
        ('a: "\\UFFFFFFFF"', 1, "not YAML"),
        ('a: "\\ud800"', 1, "surrogate"),
        ('"\\ud800": a', 1, "surrogate"),
        ("a: 1\nb: \0", 2, "control character"),
        (b"a: 1\nb: \xff\n", 2, "0xff is not UTF-8"),
        ("%YAML 1." + "9" * 5000 + "\n--- a", 1, "not YAML"),
        ("[" * 1000, 1, "nested too deeply"),
        ("- " * 1000, 1, "nested too deeply"),
        ("a: " + "x" * MAX_BYTES, 1, "256 KiB"),
    ],
)
def test_what_is_turned_down_is_located(text, line, fragment):
    data = text if isinstance(text, bytes) else text.encode()
    message = message_of(lambda: parse(data, FILE))
    assert message.startswith(f"some.yaml:{line}: ")
    assert fragment in message


@pytest.mark.parametrize("name", ["missing.yaml", ".", "nul\0.yaml"])
def test_files_that_cannot_be_read(tmp_path, name):
    with pytest.raises(UsageError, match="can't be read"):
        read(tmp_path / name)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert plain(read(file)) == {"a": 1}


class Left(msgspec.Struct, frozen=True, tag_field="side", tag="left"):
    much: int = 1


class Right(msgspec.Struct, frozen=True, tag_field="side", tag="right"):
    little: float = 0.5


class Sample(msgspec.Struct, frozen=True, rename="kebab"):
    name: str
    lasting_for: Annotated[Duration, msgspec.Meta(gt=0)] = 1.0
    count: Annotated[int, msgspec.Meta(ge=1)] | Literal["rest"] = 1
    ratio: Annotated[float, msgspec.Meta(le=1)] = 0.5
    when: frozenset[Literal["timeout", "cut"]] = frozenset()
    codes: dict[Literal["gap", "late"], int] = {}
    words: tuple[str, ...] = ()
    side: Left | Right | None = None

    def __post_init__(self):
        if self.name == "nobody":
            raise ValueError("nobody is no name")


def test_a_document_becomes_a_struct():
    text = """
        {name: a, lasting-for: 200ms, count: rest, ratio: 1, when: [cut, cut], codes: {gap: 409}, words: [b, c],
         side: {side: right, little: 2}}
    """
    assert convert(parse(text.encode(), FILE), Sample) == Sample(
        name="a",
        lasting_for=0.2,
        count="rest",
        ratio=1.0,
        when=frozenset({"cut"}),
        codes={"gap": 409},
        words=("b", "c"),
        side=Right(2.0),
    )
    assert convert(parse(b"{name: a, side: null}", FILE), Sample) == Sample(name="a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1", "1: got a list; expected a mapping with name, lasting-for, count"),
        ("words: []", "1: 'name' is missing; expected text"),
        ("name: 5", "1: name: got 5; expected text"),
        ("name:\n", "1: name: got nothing; expected text"),
        ("name: nobody", "1: nobody is no name"),
        ("name: a\nlasting: 5s", "2: lasting: unknown key; expected one of name, "),
        ("name: a\nlasting: 5s", "did you mean lasting-for?"),
        ("name: a\nlasting-for: 5", "2: lasting-for: '5' has no unit; expected a duration such as"),
        ("name: a\nlasting-for: [5s]", "2: lasting-for: got a list; expected a duration such as 5s or 200ms"),
        ("name: a\nlasting-for: 0s", "2: lasting-for: '0s' is out of range; expected a duration such as 5s or 200ms, "),
        ("name: a\nlasting-for: 0s", "more than 0"),
        ("name: a\ncount: 0", "2: count: got 0; expected a whole number, at least 1 or rest"),
        ("name: a\ncount: rst", "did you mean rest?"),
        ("name: a\ncount: true", "2: count: got true; expected a whole number"),
        ("name: a\nratio: 1.5", "2: ratio: 1.5 is out of range; expected a number, at most 1"),
        ("name: a\nwhen: cut", "2: when: got 'cut'; expected a list"),
        (
            "name: a\nwhen:\n  - cut\n  - timout",
            "4: when[1]: got 'timout'; expected cut or timeout; did you mean timeout?",
        ),
        ("name: a\ncodes:\n  gpa: 409", "3: codes.gpa: got 'gpa'; expected gap or late; did you mean gap?"),
        ("name: a\ncodes: {gap: x}", "2: codes.gap: got 'x'; expected a whole number"),
        ("name: a\nwords: b", "2: words: got 'b'; expected a list"),
        ("name: a\nside: {much: 2}", "2: side: 'side' is missing; expected left or right"),
        ("name: a\nside: {side: lft}", "2: side.side: got 'lft'; expected left or right; did you mean left?"),
        ("name: a\nside: {side: left, little: 2}", "2: side.little: unknown key; expected one of much"),
        ("name: a\nside: left", "2: side: got 'left'; expected a mapping with much or a mapping with little"),
        ("name: " + "x" * 100 + "\ncodes: " + "y" * 100, "'" + "y" * 57 + "...'"),
    ],
)
def test_what_does_not_fit_is_said_in_the_users_words(text, message):
    node = parse(text.encode(), FILE)
    assert message in message_of(lambda: convert(node, Sample))


def documents():
    scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["rest", "5s", "a", "left", "gap"]))
    keys = st.sampled_from([*(field.encode_name for field in msgspec.structs.fields(Sample)), "much", "x"])
    return st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4))


@given(documents())
def test_any_document_is_read_or_turned_down(document):
    text = msgspec.json.encode(document)
    assert_read_or_turned_down(text)


@given(
    st.text(alphabet="ab:-?[]{},#&*!|>'\"%@` \n\t\\x\u0085\ufeff\0", max_size=60).map(str.encode)
    | st.binary(max_size=40)
)
def test_any_bytes_are_read_or_turned_down(data):
    assert_read_or_turned_down(data)


def assert_read_or_turned_down(data):
    try:
        sample = convert(parse(data, FILE), Sample)
    except UsageError as error:
        assert str(error).startswith("some.yaml:")  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(sample, Sample)
