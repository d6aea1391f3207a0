"""What each hint accepts, what the code gets for it, and the JSON Schema that says so."""

import collections
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import json
import numbers
import os
import pathlib
import re
import sys
import types
import typing
import uuid
from typing import (
    Annotated,
    Any,
    Dict,
    List,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
)

import pytest

from plugin_sdk import InputStream
from plugin_sdk._hints.compiler import Compiler
from plugin_sdk._hints.hint import FAILED, Unfit, fitted
from plugin_sdk._hints.scope import Scope

UTC = datetime.timezone.utc


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"
    SHADES = (1, 2)


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Mode(enum.Flag):
    A = 1
    B = 2


class Loose(enum.Enum):
    ON = "on"

    @classmethod
    def _missing_(cls, value):
        return cls.ON if value == "ON" else None


@dataclasses.dataclass
class Point:
    x: int
    y: "float" = 0.0
    when: Optional[datetime.datetime] = None
    inner: "List[Point]" = dataclasses.field(default_factory=list)
    computed: int = dataclasses.field(default=7, init=False)
    limit: "typing.ClassVar[int]" = 3


@dataclasses.dataclass
class Refuses:
    x: int

    def __post_init__(self):
        if self.x < 0:
            raise ValueError("x is below 0")


class Row(TypedDict):
    a: int
    colour: Colour


class Partly(TypedDict, total=False):
    a: int


class Pair(NamedTuple):
    a: int
    when: datetime.date = datetime.date(2026, 1, 1)


class Attributes:
    """As attrs makes them."""

    NOTHING = types.SimpleNamespace(name="NOTHING")
    __attrs_attrs__ = (
        types.SimpleNamespace(name="name", alias="name", init=True, default=NOTHING, type=str),
        types.SimpleNamespace(name="_hidden", alias="hidden", init=True, default=5, type="int"),
        types.SimpleNamespace(name="computed", alias="computed", init=False, default=NOTHING, type=None),
    )

    def __init__(self, name, hidden=5):
        self.parts = (name, hidden)

    def __eq__(self, other):
        return self.parts == other.parts


class Custom: ...


class Speaks(Protocol):
    def speak(self): ...


UserId = NewType("UserId", int)
Number = TypeVar("Number", int, str)
Bounded = TypeVar("Bounded", bound=int)
NOON = datetime.datetime(2026, 1, 2, 12, 0, 0, 123456, UTC)


def compiled(hint, **names):
    compiler = Compiler()
    found = compiler.hint(hint, Scope({**globals(), **names}))
    return found, compiler


def take(hint, value):
    found, _ = compiled(hint)
    return value if found.take is None or type(value) in found.exact else found.take(value)


CONVERSIONS = [
    (int, 3, 3),
    (int, 3.0, 3),
    (float, 3, 3.0),
    (float, -0.0, -0.0),
    (bool, True, True),
    (str, "a", "a"),
    (bytes, b"a", b"a"),
    (bytearray, b"a", bytearray(b"a")),
    (None, None, None),
    (Any, 1j, 1j),
    (object, [], []),
    ("int | None", None, None),
    ("Optional[int]", 3.0, 3),
    (Optional[Colour], None, None),
    (Optional[Colour], "red", Colour.RED),
    (Union[int, str], "5", "5"),
    (Union[float, int], 1, 1),
    (Union[datetime.datetime, str], "2026-01-02", "2026-01-02"),
    (Union[datetime.date, int], "2026-01-02", datetime.date(2026, 1, 2)),
    (Union[Point, Row], {"a": 1, "colour": "red"}, {"a": 1, "colour": Colour.RED}),
    (Literal["a", 1, True, None], 1, 1),
    (Literal["a", 1, True, None], True, True),
    (Literal["a", 1, True, None], None, None),
    (Literal[Colour.RED], "red", Colour.RED),
    ("Literal['a | b', 'c[']", "c[", "c["),
    (Colour, "green", Colour.GREEN),
    (Colour, "SHADES", Colour.SHADES),
    (Level, 2, Level.HIGH),
    (Level, 2.0, Level.HIGH),
    (Mode, 3, Mode.A | Mode.B),
    (Loose, "ON", Loose.ON),
    (datetime.datetime, NOON, NOON),
    (datetime.datetime, "2026-01-02T12:00:00.123456Z", NOON),
    (datetime.datetime, "2026-01-02T12:00:00.1Z", NOON.replace(microsecond=100000)),
    (datetime.datetime, "2026-01-02T12:00:00.123456789+00:00", NOON),
    (datetime.datetime, "2026-01-02T12:00:00", datetime.datetime(2026, 1, 2, 12)),
    (datetime.date, "2026-01-02", datetime.date(2026, 1, 2)),
    (datetime.date, datetime.datetime(2026, 1, 2, tzinfo=UTC), datetime.date(2026, 1, 2)),
    (datetime.date, "2026-01-02T00:00:00", datetime.date(2026, 1, 2)),
    (datetime.time, "12:30:01", datetime.time(12, 30, 1)),
    (datetime.timedelta, 1.5, datetime.timedelta(seconds=1.5)),
    (pathlib.Path, "/tmp", pathlib.Path("/tmp")),
    (pathlib.PurePosixPath, "a", pathlib.PurePosixPath("a")),
    (os.PathLike, "a", pathlib.Path("a")),
    (decimal.Decimal, "1.10", decimal.Decimal("1.10")),
    (decimal.Decimal, 1.1, decimal.Decimal("1.1")),
    (decimal.Decimal, 3, decimal.Decimal(3)),
    (fractions.Fraction, "1/3", fractions.Fraction(1, 3)),
    (uuid.UUID, "00000000-0000-0000-0000-000000000001", uuid.UUID(int=1)),
    (ipaddress.IPv4Address, "10.0.0.1", ipaddress.ip_address("10.0.0.1")),
    (list, [1, "a"], [1, "a"]),
    (List, [1], [1]),
    (List[float], [1, 2.5], [1.0, 2.5]),
    (list, memoryview(bytearray(16)).cast("d"), [0.0, 0.0]),
    (List[int], memoryview(bytearray(2)).cast("b"), [0, 0]),
    (collections.abc.Sequence, [1], [1]),
    (tuple, [1, 2], (1, 2)),
    (typing.Tuple[int, str], [1, "a"], (1, "a")),
    (typing.Tuple[int, ...], [1, 2.0], (1, 2)),
    (set, [1, 1, 2], {1, 2}),
    (typing.FrozenSet[Colour], ["red"], frozenset([Colour.RED])),
    (collections.abc.Set, [1], frozenset([1])),
    (collections.deque, [1], collections.deque([1])),
    (dict, {"a": 1}, {"a": 1}),
    (Dict[str, float], {"a": 1}, {"a": 1.0}),
    (Dict[int, str], {"1": "a", "-2": "b"}, {1: "a", -2: "b"}),
    (Dict[Colour, Level], {"red": 1}, {Colour.RED: Level.LOW}),
    (Dict[Level, str], {"1": "a"}, {Level.LOW: "a"}),
    (Dict[uuid.UUID, Any], {"00000000-0000-0000-0000-000000000001": 1}, {uuid.UUID(int=1): 1}),
    (collections.abc.Mapping, {"a": 1}, {"a": 1}),
    (collections.OrderedDict, {"a": 1}, collections.OrderedDict(a=1)),
    (typing.Counter[str], {"a": 1}, collections.Counter("a")),
    (typing.DefaultDict[str, List[int]], {"a": [1.0]}, collections.defaultdict(None, a=[1])),
    (Point, {"x": 1.0}, Point(1)),
    (
        Point,
        {"x": 1, "when": "2026-01-02T12:00:00.123456Z", "inner": [{"x": 2, "y": 3}]},
        Point(1, 0.0, NOON, [Point(2, 3.0)]),
    ),
    (Row, {"a": 1, "colour": "red", "more": "kept"}, {"a": 1, "colour": Colour.RED, "more": "kept"}),
    (Partly, {}, {}),
    (Attributes, {"name": "a", "_hidden": 2.0}, Attributes("a", 2)),
    (Attributes, {"name": "a"}, Attributes("a", 5)),
    (Pair, [1], Pair(1)),
    (Pair, {"a": 1, "when": "2026-02-03"}, Pair(1, datetime.date(2026, 2, 3))),
    (UserId, 5, 5),
    (Number, "a", "a"),
    (Bounded, 5.0, 5),
    (TypeVar("Free"), 1j, 1j),
    (Annotated[int, "a note"], 5.0, 5),
    (numbers.Number, 5, 5),
    (collections.abc.Hashable, "a", "a"),
    (Speaks, {"a": 1}, {"a": 1}),
    (typing.ForwardRef("int"), 5.0, 5),
]


@pytest.mark.parametrize(("hint", "value", "taken"), CONVERSIONS)
def test_what_the_code_gets(hint, value, taken):
    found = take(hint, value)
    assert found == taken
    assert type(found) is type(taken)
    if type(taken) in (list, tuple, dict):
        assert repr(found) == repr(taken)


REFUSALS = [
    (int, "1", "$: '1' is not a whole number"),
    (int, 1.5, "$: 1.5 is not a whole number"),
    (int, True, "$: True is not a whole number"),
    (float, "1", "$: '1' is not a number"),
    (float, False, "$: False is not a number"),
    (bool, 1, "$: 1 is not true or false"),
    (str, 5, "$: 5 is not text"),
    (str, None, "$: None is not text"),
    (str, b"a", "$: bytes is not text"),
    (bytes, "a", "$: 'a' is not bytes"),
    (None, 1, "$: 1 is not null"),
    (Optional[int], "x", "$: 'x' is not a whole number"),
    (Union[int, Colour], [], "$: a list is not what any alternative of its hint allows"),
    (Literal["a", "b"], "c", "$: 'c' is not one of 'a', 'b'"),
    (Literal[1], True, "$: True is not 1"),
    (Literal[1], [], "$: a list is not 1"),
    (Colour, "blue", "$: 'blue' is not one of 'red', 'green', 'SHADES'"),
    (Colour, {"a": 1}, "$: a mapping is not one of"),
    (Level, 3, "$: 3 is not one of 1, 2"),
    (Level, True, "$: True is not one of 1, 2"),
    (Mode, 8, "$: 8 is not a combination of the flags of Mode"),
    (Loose, "off", "$: 'off' is not 'on'"),
    (datetime.datetime, "yesterday", "$: 'yesterday' is not a date and time in ISO 8601"),
    (datetime.datetime, 5, "$: 5 is not a date and time in ISO 8601"),
    (datetime.date, NOON, "is not a date in ISO 8601"),
    (datetime.date, "2026-01-02T00:00:01", "is not a date in ISO 8601"),
    (datetime.time, "25:00", "$: '25:00' is not a time in ISO 8601"),
    (datetime.timedelta, "1", "$: '1' is not a number"),
    (datetime.timedelta, float("nan"), "$: nan is not a number of seconds"),
    (datetime.timedelta, 1e300, "$: 1e+300 is not a number of seconds"),
    (pathlib.Path, 5, "$: 5 is not text"),
    (decimal.Decimal, "x", "$: 'x' is not a valid Decimal"),
    (decimal.Decimal, True, "$: True is not text"),
    (uuid.UUID, "x", "$: 'x' is not a valid UUID"),
    (List[int], [1, "a"], "$[1]: 'a' is not a whole number"),
    (List[int], {"a": 1}, "$: a mapping is not a list"),
    (List[int], "ab", "$: 'ab' is not a list"),
    (list, InputStream([1]), "$: a stream is not a list"),
    (typing.Tuple[int, str], [1], "$: has 1 elements instead of 2"),
    (typing.Tuple[int, str], [1, 2], "$[1]: 2 is not text"),
    (set, [[1]], "unhashable"),
    (Dict[str, int], {"a b": "x"}, "$[\"a b\"]: 'x' is not a whole number"),
    (Dict[int, str], {"x": "a"}, "$.x: this key: 'x' is not a whole number"),
    (Dict[Colour, str], {"blue": "a"}, "$.blue: this key: 'blue' is not one of"),
    (Dict[str, List[Point]], {"a": [{"x": 1}, {"x": "1"}]}, "$.a[1].x: '1' is not a whole number"),
    (Point, 5, "$: 5 is not a mapping with x, y, when, inner"),
    (Point, {}, "$.x: missing"),
    (Point, {"X": 1}, "$.x: missing; unknown: 'X'"),
    (Point, {"x": 1, "z": 1}, "$.z: Point has no such field"),
    (Point, {"x": 1, "computed": 1}, "$.computed: Point has no such field"),
    (Point, {"x": 1, "inner": [{"x": 1}, {"x": 1, "when": "x"}]}, "$.inner[1].when: 'x' is not a date and time"),
    (Refuses, {"x": -1}, "$: ValueError: x is below 0"),
    (List[Refuses], [{"x": 1}, {"x": -1}], "$[1]: ValueError: x is below 0"),
    (Attributes, {"_hidden": 1}, "$.name: missing"),
    (Attributes, {"name": "a", "hidden": 1}, "$.hidden: Attributes has no such field"),
    (Attributes, {"name": 5}, "$.name: 5 is not text"),
    (Row, {"a": 1}, "$.colour: missing"),
    (Row, {"a": 1, "colour": "blue"}, "$.colour: 'blue' is not one of"),
    (Pair, [], "$: has 0 elements, and Pair has 2 fields"),
    (Pair, [1, "2026-01-02", 3], "$: has 3 elements, and Pair has 2 fields"),
    (Pair, {"b": 1, "a": 1}, "$.b: Pair has no such field"),
    (Custom, {"a": 1}, "$: a mapping is not a "),
    (numbers.Number, "5", "can't become one: the hint has to name what crosses"),
    (collections.abc.Callable, 5, "can't become one"),
    (UserId, "5", "$: '5' is not a whole number"),
    (str, {"a": 1}, "$: a mapping is not text"),
    (int, "a" * 100, "$: 'aaaaa"),
]


@pytest.mark.parametrize(("hint", "value", "said"), REFUSALS)
def test_what_does_not_fit(hint, value, said):
    with pytest.raises(Unfit) as caught:
        take(hint, value)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200


# What JSON Schema can't say of them, or says by `format` alone.
BEYOND_SCHEMA = (
    "is not bytes", "combination of the flags", "ISO 8601", "a number of seconds", "a valid", "unhashable", "is below 0",
    "'x' is not a date and time", "is not 'on'",
)  # fmt: skip


def test_an_option_that_python_does_not_write_is_no_obstacle():
    with pytest.raises(Unfit, match="5 is not "):
        compiled(Literal[10**5000])[0].take(5)


def test_schemas_agree_with_what_is_accepted():
    validators = pytest.importorskip("jsonschema")

    def is_valid(hint, value):
        found, compiler = compiled(hint)
        schema = {**found.schema, "$defs": compiler.definitions.schemas}
        return validators.Draft202012Validator(schema).is_valid(as_json(value))

    def as_json(value):
        return json.loads(json.dumps(value, default=datetime.datetime.isoformat))

    checked = 0
    for hint, value, _ in CONVERSIONS:
        if is_json(value):
            assert is_valid(hint, value), (hint, value)
            checked += 1
    for hint, value, said in REFUSALS:
        if is_json(value) and not any(each in said for each in BEYOND_SCHEMA):
            assert not is_valid(hint, value), (hint, value)
            checked += 1
    assert checked > 120


def is_json(value):
    if isinstance(value, (list, dict)):
        return all(map(is_json, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, (str, int, float, bool)) and value == value)


def test_a_value_is_never_changed_in_place():
    value = {"a": [1, {"x": 1.0}], "b": {"x": 2}}
    before = repr(value)
    take(Dict[str, Any], value)
    take(Union[Dict[str, List[int]], Dict[str, Union[List[Union[int, Point]], Point]]], value)
    assert repr(value) == before


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (int, {"type": "integer"}),
        (bytes, {"format": "bytes"}),
        (Any, {}),
        (Optional[int], {"type": ["integer", "null"]}),
        (List[str], {"type": "array", "items": {"type": "string"}}),
        (Dict[str, List[int]], {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}}),
        (Union[str, List[int]], {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}),
        (Union[int, Any], {}),
        (Literal["a", 1, None], {"enum": ["a", 1, None]}),
        (Colour, {"enum": ["red", "green", "SHADES"]}),
        (Mode, {"type": "integer"}),
        (datetime.datetime, {"type": "string", "format": "date-time"}),
        (Optional[uuid.UUID], {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}),
        (typing.Tuple[int, str], {
            "type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2,
        }),
        (Row, {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "colour": {"enum": ["red", "green", "SHADES"]}},
            "required": ["a", "colour"],
        }),
        (Partly, {"type": "object", "properties": {"a": {"type": "integer"}}}),
        (Refuses, {
            "type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"], "additionalProperties": False,
        }),
        (InputStream, {"type": "array", "format": "stream", "description": "a stream or an array"}),
        ("InputStream", {"type": "array", "format": "stream", "description": "a stream or an array"}),
        (typing.AsyncIterator, {"type": "array", "format": "stream", "description": "a stream or an array"}),
        (collections.abc.Iterator[int], {
            "type": "array", "format": "stream", "description": "a stream or an array", "items": {"type": "integer"},
        }),
        (Optional[InputStream], {"anyOf": [{"type": "array", "format": "stream", "description": "a stream or an array"}, {"type": "null"}]}),
    ],
)  # fmt: skip
def test_schemas(hint, schema):
    assert compiled(hint)[0].schema == schema


def test_a_class_inside_itself_is_defined_once():
    found, compiler = compiled(Optional[Point])
    place = {"$ref": "#/$defs/Point"}
    assert found.schema == {"anyOf": [place, {"type": "null"}]}
    assert list(compiler.definitions.schemas) == ["Point"]
    assert compiler.definitions.schemas["Point"]["properties"]["inner"] == {"type": "array", "items": place}
    assert "computed" not in compiler.definitions.schemas["Point"]["properties"]


Json = Union[None, bool, int, float, str, List["Json"], Dict[str, "Json"]]


@dataclasses.dataclass
class Sum:
    left: "Union[Sum, Product, int]"
    right: "Union[Sum, Product, int]"


@dataclasses.dataclass
class Product:
    left: "Union[Product, Sum, int]"
    right: "Union[Sum, Product, int]"


def test_a_union_inside_itself():
    found, compiler = compiled("Json")
    assert found.schema == {"$ref": "#/$defs/Json"}
    assert {"type": "array", "items": {"$ref": "#/$defs/Json"}} in compiler.definitions.schemas["Json"]["anyOf"]
    value = {"a": [1, {"b": None}, [True]]}
    assert take(Json, value) == value
    with pytest.raises(Unfit):
        take(Json, {"a": [1, {"b": b"bytes"}]})


@pytest.mark.parametrize("bottom", [1, "x"])
def test_a_value_deep_inside_unions_is_looked_at_once(bottom):
    value = bottom
    for _ in range(40):
        value = {"left": value, "right": 2}
    hint = compiled(Union[Sum, Product])[0]
    if bottom == 1:
        assert type(fitted(hint.take, value)) is Sum
    else:
        with pytest.raises(Unfit):
            fitted(hint.take, value)
        assert FAILED == {}


def test_what_is_nested_too_deeply_is_unfit():
    value = {"x": 1}
    for _ in range(250):
        value = {"x": 1, "inner": [value]}
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        with pytest.raises(Unfit, match="nested too deeply"):
            fitted(compiled(Point)[0].take, value)
    finally:
        sys.setrecursionlimit(depth)


def test_streams_are_checked_chunk_by_chunk_and_lists_read_like_them():
    stream = take(collections.abc.Iterator[Point], InputStream([{"x": 1}, {"x": 2.0}, {"y": 1}]))
    assert [next(stream), next(stream)] == [Point(1), Point(2)]
    with pytest.raises(Unfit, match=re.escape("$[2].x: missing")):
        next(stream)
    assert list(take(typing.Iterator[float], [1, 2])) == [1.0, 2.0]
    assert type(take(InputStream, [1])) is InputStream
    assert take(collections.abc.Iterable, [1]) == [1]
    assert type(take(typing.Iterable[float], InputStream([1]))) is InputStream
    with pytest.raises(Unfit, match="5 is not a stream or a list"):
        take(InputStream, 5)


@pytest.mark.parametrize(
    "hint", ["NoSuch", "NoSuch[int]", "list[NoSuch]", "1 +", "os.nothing", "int | NoSuch", "1 / 0"]
)
def test_a_text_that_can_not_be_evaluated_allows_anything_and_is_told_of(hint):
    found, compiler = compiled(hint)
    assert found.take is None or found.take([1j]) == [1j]
    assert len(compiler.problems) == 1


def test_names_for_type_checkers_alone_are_known_where_they_are_of_typing():
    scope = Scope({"__builtins__": __builtins__})
    for text, value, taken in [
        ("Optional[List[int]]", [1.0], [1]),
        ("collections.abc.Mapping[str, int]", {"a": 1.0}, {"a": 1}),
    ]:
        compiler = Compiler()
        assert compiler.hint(text, scope).take(value) == taken
        assert compiler.problems == []


@pytest.mark.skipif(sys.version_info < (3, 10), reason="int | None is text there")
def test_unions_of_newer_pythons():
    assert take(eval("int | None"), 5.0) == 5
    assert compiled(eval("int | str"))[0].schema == {"type": ["integer", "string"]}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no type statement")
def test_type_statements():
    names = {}
    exec("type Whole = int\ntype Tree = dict[str, Whole | Tree]", names)
    assert take(names["Tree"], {"a": 1.0, "b": {"c": 2.0}}) == {"a": 1, "b": {"c": 2}}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="typing has no NotRequired")
@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_keys_that_are_not_required(future, monkeypatch):
    import types

    module = types.ModuleType("module_of_a_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    text = future + "from typing import *\nclass R(TypedDict):\n  a: int\n  b: NotRequired[int]\n"
    exec(compile(text, "r", "exec", dont_inherit=True), module.__dict__)
    assert take(module.R, {"a": 1.0}) == {"a": 1}
    assert compiled(module.R)[0].schema["required"] == ["a"]
    with pytest.raises(Unfit, match=re.escape("$.b: 'x'")):
        take(module.R, {"a": 1, "b": "x"})


def test_hints_of_numpy():
    np = pytest.importorskip("numpy")
    array = np.arange(3)
    assert take(np.ndarray, array) is array
    assert take(np.ndarray, [[1, 2], [3, 4]]).shape == (2, 2)
    assert take(np.ndarray, memoryview(bytearray(2))).tolist() == [0, 0]
    assert take(List[int], array) == [0, 1, 2]
    assert type(take(np.float32, 1)) is np.float32
    assert type(take(np.int8, 1.0)) is np.int8
    for hint, value, said in [
        (np.ndarray, ["a"], "is not an array of numbers"),
        (np.ndarray, [[1], [1, 2]], "is not an array of numbers"),
        (np.ndarray, 5, "is not an array of numbers"),
        (np.int8, "1", "is not a whole number"),
    ]:
        with pytest.raises(Unfit, match=said):
            take(hint, value)
