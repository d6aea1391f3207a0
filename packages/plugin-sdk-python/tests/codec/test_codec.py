import array
import collections
import decimal
import enum
import random
import subprocess
import sys
import threading
import uuid
from datetime import datetime, timedelta, timezone

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
    "set": lambda: {1},
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
    "naive_datetime": lambda: datetime(2026, 1, 1),
    "decimal": lambda: decimal.Decimal(1),
    "complex": lambda: 1j,
    "range": lambda: range(3),
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
    ("value", "hint"),
    [
        (uuid.UUID(int=0), "str(value)"),
        (datetime(2026, 1, 1).date(), "isoformat"),
        (timedelta(1), "total_seconds"),
        ((item for item in ()), "list(value)"),
        (enum.Enum("E", "A").A, "value.value"),
        (collections.deque(), "list(value)"),
        (len, "what it returns"),
        (memoryview(bytearray(8)).cast("P"), "native byte order"),
    ],
)
def test_hints(value, hint):
    with pytest.raises(CodecError, match="send ") as caught:
        encode(value)
    if hint != "what it returns":
        assert hint in str(caught.value)


def test_the_first_refused_element_is_named_even_among_equals():
    bad = {1}
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


def test_a_dict_changed_by_another_thread_is_refused_or_whole():
    shared = {str(key): key for key in range(1000)}
    stop = threading.Event()

    def change():
        while not stop.is_set():
            shared["extra"] = 1
            shared.pop("extra", None)

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
