"""Where the plugin has numpy, arrays are numpy's."""

import pytest
from conformance import CONFORMANCE, Array, bytes_of, is_encoded_here, is_same, value_of

from plugin_sdk._codec import CodecError, decode, encode, resolve

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
    ("value", "hint"),
    [
        (np.array([object()]), "tolist"),
        (np.array(["a"]), "tolist"),
        (np.array([(1, 2)], dtype=[("a", "i4"), ("b", "i4")]), "each field"),
        (np.array(["2026-01-01"], dtype="datetime64[ns]"), "int64"),
        (np.array([1j]), "real"),
        (np.ma.masked_array([1, 2], mask=[0, 1]), "filled"),
        (np.datetime64("2026-01-01T00:00:00.000000001"), "send"),
        (np.timedelta64(1, "ns"), "send"),
        (np.complex128(1j), "send"),
        (np.longdouble(1), "send"),
    ],
)
def test_refused(value, hint):
    with pytest.raises(CodecError, match=hint) as caught:
        encode([value])
    assert caught.value.reason == "unsupported_type"
    assert caught.value.path == "$[0]"
