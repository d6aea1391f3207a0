"""Where the plugin has numpy, arrays are numpy's."""

import datetime
import weakref

import pytest
from conformance import CONFORMANCE, Array, bytes_of, is_encoded_here, is_same, value_of

from plugin_sdk._codec import extension as _codec_extension
from plugin_sdk._codec.array_memory import ArrayMemory
from plugin_sdk._codec.codec import CodecError, decode, encode, resolve

np = pytest.importorskip("numpy")


@pytest.fixture(autouse=True)
def _with_either(codec, monkeypatch):
    monkeypatch.setitem(globals(), "encode", codec.encode)
    monkeypatch.setitem(globals(), "decode", codec.decode)


def with_arrays(section):
    return [pytest.param(case, id=case["name"]) for case in CONFORMANCE[section] if "array" in case["name"]]


@pytest.mark.parametrize("case", with_arrays("values"))
def test_value(case):
    payload = bytes_of(case["bytes"])
    assert is_same(decode(payload), value_of(case["value"], lambda expected: expected))
    if is_encoded_here(case) or case["encode"] == "typescript":
        assert encode(value_of(case["value"], Array.numpy)) == (payload, ())


@pytest.mark.parametrize("case", with_arrays("bodies"))
def test_bodies(case):
    payload, expected = bytes_of(case["bytes"]), [bytes_of(body) for body in case["bodies"]]
    if is_encoded_here(case):
        sent, bodies = encode(value_of(case["value"], Array.numpy), case["threshold"])
        assert sent == payload
        assert [bytes(body) for body in bodies] == expected
    bodies = []
    message = decode(payload, bodies)
    for body, data in zip(bodies, expected):
        body.view[:] = data
    assert is_same(resolve(message, bodies), value_of(case["value"], lambda expected: expected))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(1.5), 1.5),
        (np.float32(1.5), 1.5),
        (np.float16(1.5), 1.5),
        (np.int64(-5), -5),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.bytes_(b"a"), b"a"),
    ],
)
def test_scalars(value, expected):
    assert is_same(decode(encode([value])[0]), [expected])


def test_layouts_are_put_right():
    grid = np.arange(12, dtype="i4").reshape(3, 4)
    for array in (
        grid.T,
        grid[::2, ::-1],
        np.asfortranarray(grid),
        grid.astype(">i4"),
        np.broadcast_to(grid, (2, 3, 4)),
    ):
        for threshold in (None, 0):
            bodies = []
            payload, sent = encode([array], threshold)
            (received,) = message = decode(payload, bodies)
            for body, data in zip(bodies, sent):
                body.view[:] = data
            (received,) = resolve(message, bodies)
            assert received.dtype == "<i4"
            np.testing.assert_array_equal(received, array)


def test_a_large_array_is_not_copied_on_its_way_out():
    array = np.zeros(100_000)
    _, (body,) = encode([array], 65536)
    array[0] = 1
    assert bytes(body[:8]) == array[:1].tobytes()


@pytest.mark.parametrize(
    ("value", "cure"),
    [
        (np.array([1, "a", None], dtype=object), "value.tolist()"),
        (np.array(["a"]), "value.tolist()"),
        (np.array([(1, 2)], dtype=[("a", "i4"), ("b", "i4")]), "{name: value[name] for name in value.dtype.names}"),
        (np.array(["2026-01-01"], dtype="datetime64[ns]"), "value.astype('int64')"),
        (np.array(["2026-01-01"], dtype="datetime64[ns]"), "value.astype(str).tolist()"),
        (np.array([1], dtype="timedelta64[s]"), "value.astype('int64')"),
        (np.array([1j]), "[value.real, value.imag]"),
        (np.array([1], dtype=np.longdouble), "value.astype('float64')"),
        (np.ma.masked_array([1, 2], mask=[0, 1]), "value.filled()"),
        (np.ma.masked_array([1, 2], mask=[0, 1]), "value.tolist()"),
        (np.timedelta64(1, "M"), "str(value)"),
        (np.complex128(1j), "[value.real, value.imag]"),
        (np.complex64(1j), "[value.real, value.imag]"),
        (np.longdouble(1), "float(value)"),
        (np.void(b"ab"), "value.item()"),
    ],
)
def test_what_to_send_instead_works_when_it_is_typed_in(value, cure):
    with pytest.raises(CodecError) as caught:
        encode([value])
    assert caught.value.path == "$[0]"
    assert cure in str(caught.value)
    encode([eval(cure, {"value": value, "datetime": datetime})])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.datetime64("2026-01-01T00:00:00.000000001"), "2026-01-01T00:00:00.000000001"),
        (np.datetime64("2026-01-01"), "2026-01-01"),
        (np.timedelta64(90, "s"), 90.0),
        (np.timedelta64(1, "ns"), 1e-9),
    ],
)
def test_times_without_a_zone_cross_as_those_of_python(value, expected):
    assert is_same(decode(encode([value])[0]), [expected])


@pytest.mark.parametrize("value", [np.datetime64("NaT", "s"), np.timedelta64("NaT", "s")])
def test_no_time_crosses_as_nothing(value):
    assert decode(encode([value])[0]) == [None]


def receive(array):
    bodies = []
    payload, sent = encode([array], 65536)
    message = decode(payload, bodies)
    for body, data in zip(bodies, sent):
        body.view[:] = data
    return resolve(message, bodies)[0]


def address(array):
    return array.__array_interface__["data"][0]


def test_a_large_array_is_not_copied_on_its_way_in():
    bodies = []
    message = decode(encode([np.zeros((1000, 100))], 65536)[0], bodies)
    at = address(np.asarray(bodies[0].view))
    (array,) = resolve(message, bodies)
    assert (address(array), array.shape) == (at, (1000, 100))
    (sent,) = encode([array], 65536)[1]
    assert address(np.asarray(sent)) == at


def test_memory_is_used_again_only_when_nobody_looks_at_it(monkeypatch):
    monkeypatch.setattr(_codec_extension, "_array_memory", ArrayMemory())
    number = 12_345.0
    first = receive(np.full(50_000, number))
    at = address(first)
    del first
    holders = [
        lambda array: array,
        lambda array: array[10:20],
        lambda array: array.reshape(2, -1).T,
        lambda array: array.view("u1"),
        lambda array: memoryview(array),
        lambda array: memoryview(array)[5:6],
        lambda array: np.asarray(memoryview(array).cast("B")),
        lambda array: iter(array),
        lambda array: array.ctypes,
        lambda array: array.flat,
        lambda array: {"deep": [array.base]},
        lambda array: weakref.ref(array.base),
    ]
    for index, hold in enumerate(holders):
        array = receive(np.full(50_000, float(index)))
        assert address(array) == at, index
        holder = hold(array)
        del array
        other = receive(np.full(50_000, -1.0))
        assert address(other) != at, index
        del holder, other
    again = receive(np.full(50_000, number))
    assert (address(again), again.flags.writeable, again[-1]) == (at, True, number)


def test_what_is_kept_is_bounded():
    memory = ArrayMemory()
    for size in range(100_000, 100_100):
        memory.take(np, size)
    assert len(memory._kept) <= 4
    memory.take(np, 200 << 20)
    assert sum(map(len, memory._kept)) < 128 << 20
