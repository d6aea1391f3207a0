import array
import collections
import dataclasses
import decimal
import enum
import fractions
import io
import ipaddress
import pathlib
import random
import re
import subprocess
import sys
import threading
import types
import typing
import uuid
from datetime import date, datetime, time, timedelta, timezone

import pytest
from any_value import any_value
from conformance import CONFORMANCE, Array, bytes_of, is_encoded_here, is_same, value_of
from host import SDK_FOLDER

from plugin_sdk._codec.codec import CodecError, decode, encode, read_head, resolve, scan_bodies

HAS_HALF_VIEWS = sys.version_info >= (3, 12)


@pytest.fixture(autouse=True)
def _with_either(codec, monkeypatch):
    monkeypatch.setitem(globals(), "encode", codec.encode)
    monkeypatch.setitem(globals(), "decode", codec.decode)


def named(section):
    return [pytest.param(case, id=case["name"]) for case in CONFORMANCE[section]]


def needs_half(value):
    return not HAS_HALF_VIEWS and value.get("array", {}).get("dtype") == "float16"


@pytest.fixture(autouse=True)
def _without_numpy(monkeypatch):
    """What arrays become must not depend on the machine; test_codec_numpy.py is the other half."""
    monkeypatch.delitem(sys.modules, "numpy", raising=False)


@pytest.mark.parametrize("case", named("values"))
def test_value(case):
    payload = bytes_of(case["bytes"])
    if needs_half(case["value"]):
        with pytest.raises(CodecError, match="need numpy"):
            decode(payload)
        return
    assert is_same(decode(payload), value_of(case["value"], lambda expected: expected))
    if is_encoded_here(case):
        assert encode(value_of(case["value"], Array.buffer)) == (payload, ())


@pytest.mark.parametrize("case", named("decode_refused"))
def test_refused_bytes(case):
    with pytest.raises(CodecError) as caught:
        decode(bytes_of(case["bytes"]))
    assert caught.value.reason == case["reason"]
    if "path" in case:
        assert caught.value.path == case["path"]
    assert str(caught.value).startswith("cannot decode %s: " % caught.value.path)


def nested(levels):
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value


def cyclic_list():
    value = []
    value.append(value)
    return value


def cyclic_map():
    value = {}
    value["a"] = value
    return value


CONSTRUCTS = {
    "function": lambda: nested,
    "class_instance": object,
    "error": lambda: TypeError("no"),
    "integer_above_uint64": lambda: 1 << 64,
    "integer_below_int64": lambda: -(1 << 63) - 1,
    "lone_surrogate": lambda: "a\ud800",
    "lone_surrogate_in_long_text": lambda: "a" * 100 + "\udc00" + "é" * 100,
    "lone_surrogate_key": lambda: {"\ud800": 1},
    "cyclic_list": cyclic_list,
    "cyclic_map": cyclic_map,
    "too_deep": lambda: nested(255),
    "non_string_key": lambda: {1: 2},
    "complex": lambda: 1j,
    "file": lambda: sys.__stdout__,
    "array_of_characters": lambda: array.array("u", "ab"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "case", [case for case in named("encode_refused") if "python" in case.values[0].get("languages", "python")]
)
def test_refused_value(case):
    with pytest.raises(CodecError) as caught:
        encode([0, {"value": CONSTRUCTS[case["construct"]]()}])
    assert caught.value.reason == case["reason"]
    assert caught.value.path == case["path"]
    assert str(caught.value).startswith("cannot encode %s: " % caught.value.path)
    if case["reason"] == "unsupported_type":
        assert "; send " in str(caught.value)


@pytest.mark.parametrize("case", named("bodies"))
def test_bodies(case):
    payload, expected = bytes_of(case["bytes"]), [bytes_of(body) for body in case["bodies"]]
    if is_encoded_here(case):
        sent, bodies = encode(value_of(case["value"], Array.buffer), case["threshold"])
        assert sent == payload
        assert [bytes(body) for body in bodies] == expected
        assert all(memoryview(body).format == "B" for body in bodies)
    bodies = []
    message = decode(payload, bodies)
    assert [body.length for body in bodies] == [len(body) for body in expected]
    for body, data in zip(bodies, expected):
        body.view[:] = data
    assert is_same(resolve(message, bodies), value_of(case["value"], lambda expected: expected))
    assert scan_bodies(payload) == sum(map(len, expected))


class Text(str):
    def __str__(self):
        return "what a subclass overrides is not for the wire"


class Level(enum.IntEnum):
    HIGH = 5


class Colour(str, enum.Enum):
    RED = "red"


class Fraction(float):
    pass


Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Text("a"), "a"),
        ({Text("k"): Text("v")}, {"k": "v"}),
        (Level.HIGH, 5),
        (Colour.RED, "red"),
        ({Colour.RED: Level.HIGH}, {"red": 5}),
        (Fraction(1.5), 1.5),
        ((1, (2,)), [1, [2]]),
        (Point(1, "y"), [1, "y"]),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"abcdef")[::2], b"ace"),
        (datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 1, tzinfo=timezone.utc)),
        (datetime(2026, 1, 1), "2026-01-01T00:00:00"),
        (datetime(2026, 1, 1, 2, 3, 4, 5), "2026-01-01T02:03:04.000005"),
    ],
)
def test_subclasses_and_kin(value, expected):
    assert is_same(decode(encode(value)[0]), expected)
    assert is_same(decode(encode([value, {"a": value}])[0]), [expected, {"a": expected}])


def test_a_moved_key_of_an_ordered_dict_stays_moved():
    value = collections.OrderedDict(a=1, b=2)
    value.move_to_end("a")
    assert list(decode(encode(value)[0])) == ["b", "a"]


def test_arrays_of_the_standard_library():
    assert decode(encode(array.array("d", [1.5, 2]))[0]).tolist() == [1.5, 2]
    assert decode(encode(array.array("B", b"ab"))[0]).tolist() == [97, 98]
    view = memoryview(bytearray(range(12))).cast("B", (3, 4))
    assert decode(encode(view)[0]).tolist() == view.tolist()
    strided = memoryview(array.array("i", range(6)))[::2]
    assert decode(encode(strided)[0]).tolist() == [0, 2, 4]
    payload, bodies = encode([strided], 4)
    assert [bytes(body) for body in bodies] == [strided.tobytes()]


@pytest.mark.parametrize(
    ("value", "cure"),
    [
        ((item for item in [1]), "list(value)"),
        (iter([1]), "list(value)"),
        (map(str, [1]), "list(value)"),
        (dict, "value()"),
        (dict, "value.__name__"),
        (1 + 2j, "[value.real, value.imag]"),
        (types.SimpleNamespace(a=1), "vars(value)"),
        (types, "value.__name__"),
        (ValueError("x"), "str(value)"),
        (NotImplemented, "None"),
        (..., "None"),
        (object(), "str(value)"),
        (re.match("a", "a"), "value.group()"),
        (re.match("(?P<b>a)", "a"), "value.groupdict()"),
        (re.compile("a"), "value.pattern"),
        (io.StringIO("a"), "value.getvalue()"),
        (io.BufferedReader(io.BytesIO(b"a")), "value.read()"),
        (io.TextIOWrapper(io.BytesIO(b"a")), "value.read()"),
        (memoryview(bytearray(8)).cast("P"), "value.tolist()"),
        (1 << 64, "str(value)"),
        pytest.param(10**5000, "hex(value)", id="huge"),
        ("\ud800", "value.encode('utf-8', 'surrogatepass')"),
        ({1: 2, (3, 4): 5}, "{str(key): item for key, item in value.items()}"),
    ],
)
def test_what_to_send_instead_works_when_it_is_typed_in(value, cure):
    with pytest.raises(CodecError, match="send ") as caught:
        encode([{"value": value}])
    assert caught.value.path == "$[0].value" or caught.value.reason == "non_string_key"
    assert value is dict or cure in str(caught.value)
    encode(eval(cure, {"value": value, "datetime": sys.modules["datetime"]}))


class Colour(enum.Enum):
    RED = "red"
    SHADES = (1, 2)


class Level(enum.IntFlag):
    LOW = 1
    HIGH = 2


class Mode(enum.Flag):
    A = 1
    B = 2


@dataclasses.dataclass
class Point:
    x: int
    when: "datetime"
    inner: "list[Point]" = dataclasses.field(default_factory=list)
    total: int = dataclasses.field(init=False, default=5)
    shared: "typing.ClassVar[int]" = 3


class Dumps:
    """As pydantic's models do."""

    def model_dump(self, by_alias):
        return {"alias": by_alias, "when": date(2026, 1, 2)}


class Attributes:
    """As attrs makes them."""

    __attrs_attrs__ = (types.SimpleNamespace(name="x"),)
    x = 1


class Precise(datetime):
    """As pandas.Timestamp, whose differences know nanoseconds."""

    def __sub__(self, other):
        passed = super().__sub__(other)
        return types.SimpleNamespace(
            days=passed.days, seconds=passed.seconds, microseconds=passed.microseconds, nanoseconds=789
        )


NOON = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset(["b", "a"]), ["a", "b"]),
        (range(3), [0, 1, 2]),
        (collections.deque([1, (2,)]), [1, [2]]),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.values(), [1]),
        ({"a": 1}.items(), [["a", 1]]),
        (types.MappingProxyType({"a": {1}}), {"a": [1]}),
        (collections.ChainMap({"a": 1}, {"b": 2}), {"b": 2, "a": 1}),
        (collections.UserDict(a=1), {"a": 1}),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (decimal.Decimal("1.10"), "1.10"),
        (fractions.Fraction(1, 3), "1/3"),
        (ipaddress.ip_address("10.0.0.1"), "10.0.0.1"),
        (ipaddress.ip_network("fe80::/64"), "fe80::/64"),
        (pathlib.Path("/tmp/a b"), "/tmp/a b"),
        (pathlib.PureWindowsPath("c:/a"), "c:\\a"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(1, 2, 3, 4), "01:02:03.000004"),
        (timedelta(hours=1, microseconds=5), 3600.000005),
        (Colour.RED, "red"),
        (Colour.SHADES, "SHADES"),
        (Level.LOW | Level.HIGH, 3),
        (Mode.A | Mode.B, 3),
        (Point(1, NOON, [Point(2, NOON)]), {
            "x": 1, "when": NOON, "inner": [{"x": 2, "when": NOON, "inner": [], "total": 5}], "total": 5,
        }),
        (Dumps(), {"alias": True, "when": "2026-01-02"}),
        (Attributes(), {"x": 1}),
    ],
)  # fmt: skip
def test_values_of_other_classes_cross_in_a_plain_form(value, form):
    assert is_same(decode(encode(value)[0]), form)
    assert encode({"rows": [1, value]})[0] == encode({"rows": [1, form]})[0]


def test_sets_of_what_has_no_order_cross_all_the_same():
    found = decode(encode({1, "a", None})[0])
    assert sorted(map(repr, found)) == ["'a'", "1", "None"]


def test_the_path_leads_into_a_plain_form():
    with pytest.raises(CodecError) as caught:
        encode({"point": Point(1, NOON, [Point(1j, NOON)])})
    assert caught.value.path == "$.point.inner[0].x"
    endless = Point(1, NOON)
    endless.inner.append(endless)
    with pytest.raises(CodecError) as caught:
        encode(endless)
    assert caught.value.reason == "too_deep"


def test_nanoseconds_that_no_datetime_holds_are_sent():
    payload = encode(Precise(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc))[0]
    exact = encode(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc))[0]
    assert int.from_bytes(payload[2:], "big") - int.from_bytes(exact[2:], "big") == 789 << 34
    assert decode(payload) == datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc)


def test_the_first_refused_element_is_named_even_among_equals():
    bad = 1j
    with pytest.raises(CodecError) as caught:
        encode([0, 0, bad, bad])
    assert caught.value.path == "$[2]"


def test_depth_of_256_from_a_deep_stack():
    def deeper(levels):
        if levels:
            return deeper(levels - 1)
        value = nested(256)
        assert decode(encode(value)[0]) == value
        wide = [1] * 16
        for _ in range(200):
            wide = [wide] + [1] * 16
        assert decode(encode(wide)[0]) == wide

    deeper(300)


def test_bodies_cost_no_copy():
    size = 64 << 20
    bodies = []
    message = decode(encode([5, 1, bytes(size)], 65536)[0], bodies)
    view = bodies[0].view
    view[5] = 7
    address = _address(view)
    del view
    data = resolve(message, bodies)[2]
    assert type(data) is bytes
    assert len(data) == size
    assert data[5] == 7
    assert _address(data) == address


def _address(buffer):
    ctypes = pytest.importorskip("ctypes")
    if isinstance(buffer, bytes):
        return ctypes.cast(ctypes.c_char_p(buffer), ctypes.c_void_p).value
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def test_heads_and_bodies_of_refused_frames():
    body = "d7020300000000000000"
    assert read_head(bytes.fromhex("930507")) == [5, 7]
    assert read_head(bytes.fromhex("dc001005cd012cc1")) == [5, 300]
    assert read_head(bytes.fromhex("9305a161")) == [5]
    assert read_head(b"\x80") == []
    assert read_head(b"") == []
    assert scan_bodies(bytes.fromhex("940507" + body + "82a16101a16102")) == 3
    assert scan_bodies(bytes.fromhex("930507c1")) == 0
    assert scan_bodies(bytes.fromhex("940507" + body + "c1")) is None
    assert scan_bodies(bytes.fromhex("940507" + body)) is None
    assert scan_bodies(bytes.fromhex("93050707" + body)) == 0
    for case in CONFORMANCE["values"]:
        assert scan_bodies(bytes_of(case["bytes"])) == 0


def test_random_values_come_back():
    source = random.Random(20_260_101)
    for _ in range(1500):
        value = any_value(source)
        assert is_same(decode(encode(value)[0]), value)


def test_random_damage_is_refused_or_encodes():
    source = random.Random(20_260_102)
    for _ in range(3000):
        damaged = bytearray(encode([any_value(source, 3), any_value(source, 3)])[0])
        for _ in range(source.randrange(1, 4)):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        if source.random() < 0.3:
            del damaged[source.randrange(len(damaged)) :]
        try:
            encode(decode(bytes(damaged)))
        except CodecError as error:
            assert error.path.startswith("$")
        scan_bodies(bytes(damaged))


@pytest.mark.parametrize("kind", [dict, list])
def test_what_another_thread_changes_is_refused_or_whole(kind):
    shared = {str(key): key for key in range(1000)} if kind is dict else list(range(1000))
    stop = threading.Event()

    def change():
        while not stop.is_set():
            if kind is dict:
                shared["extra"] = 1
                shared.pop("extra", None)
            else:
                shared.append(1)
                shared.pop()

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(200):
            try:
                decode(encode(shared)[0])
            except CodecError as error:
                assert error.reason == "unsupported_type", error
    finally:
        stop.set()
        thread.join()


def test_import_costs_nothing():
    source = SDK_FOLDER
    program = (
        "import sys; before = set(sys.modules)\n"
        "package = type(sys)('plugin_sdk'); package.__path__ = [sys.argv[1]]; sys.modules['plugin_sdk'] = package\n"
        "import plugin_sdk._codec.codec as codec; codec.decode(codec.encode([5, 1, {'a': 1.5}])[0])\n"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('plugin_sdk')))"
    )
    output = subprocess.check_output([sys.executable, "-I", "-S", "-c", program, source], text=True)
    assert output.strip() == "['__future__', '_struct']"
