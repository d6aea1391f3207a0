"""Encoding of rare values: subclasses, buffers, arrays, instants. Imported when the first one occurs.

Libraries are looked for in sys.modules, never imported: without its library there is no such object.
"""

from __future__ import annotations

import sys

from .error import CodecError
from .hints import unsupported
from .out import binary, extension, integer
from .plain_form import plain_form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime as Datetime
    from typing import Any

    from .out import Buffer, EncodeValue, Out, Sink

_ARRAY, _ARRAY_BODY, _TIMESTAMP = 1, 3, 0xFF

# Kind (as numpy has it) and bytes of an element, to the code on the wire.
_CODES = {
    ("b", 1): 0, ("i", 1): 1, ("u", 1): 2, ("i", 2): 3, ("u", 2): 4, ("i", 4): 5, ("u", 4): 6,
    ("i", 8): 7, ("u", 8): 8, ("f", 2): 9, ("f", 4): 10, ("f", 8): 11,
}  # fmt: skip
_KIND_OF_FORMAT = {"?": "b", "e": "f", "f": "f", "d": "f"}
_KIND_OF_FORMAT.update(dict.fromkeys("bhilqn", "i"))
_KIND_OF_FORMAT.update(dict.fromkeys("BHILQN", "u"))
_MOST_DIMENSIONS = 32

_EARLIEST_SECOND = -62_135_596_800  # 0001-01-01
_LATEST_SECOND = 253_402_300_799  # the end of 9999


def encode_special(value: Any, out: Out, depth: int, sink: Sink, encode_value: EncodeValue) -> None:
    """`encode_value` encodes what a value is made of."""
    kind = type(value)
    if kind is memoryview:
        return _memoryview(value, out, sink)
    module = sys.modules.get("numpy")
    if module is not None and _is_instance(value, module, "generic"):
        return _numpy_scalar(value, out, depth, sink, encode_value)
    if module is not None and _is_instance(value, module, "ndarray"):
        return _numpy_array(value, module, out, sink)
    # Unbound methods and exact copies: the wire ignores what a subclass overrides.
    if isinstance(value, str):
        return encode_value(str.__str__(value), out, depth, sink)
    if isinstance(value, int):
        return out(integer(int.__index__(value)))
    if isinstance(value, float):
        return encode_value(float.__float__(value), out, depth, sink)
    if isinstance(value, dict):
        return encode_value(dict(value), out, depth, sink)
    if isinstance(value, (list, tuple)):
        return encode_value(list(value), out, depth, sink)
    if isinstance(value, (bytes, bytearray)):
        return binary(value, memoryview(value).nbytes, out, sink)
    if _is_instance(value, sys.modules.get("array"), "array"):
        return _array_of(memoryview(value), out, sink, value)
    if _is_instance(value, sys.modules.get("datetime"), "datetime"):
        return _datetime(value, out, depth, sink, encode_value)
    encode_value(plain_form(value), out, depth, sink)


def _is_instance(value: object, module: object, name: str) -> bool:
    wanted = getattr(module, name, None)
    return isinstance(wanted, type) and isinstance(value, wanted)


def _memoryview(view: memoryview, out: Out, sink: Sink) -> None:
    if view.ndim == 1 and view.format == "B":
        binary(view if view.c_contiguous else view.tobytes(), view.nbytes, out, sink)
    else:
        _array_of(view, out, sink, view)


def _array_of(view: memoryview, out: Out, sink: Sink, value: object) -> None:
    form = view.format
    native = "@=<" if sys.byteorder == "little" else "@="
    letter = form[1:] if form[:1] in native else form
    code = _CODES.get((_KIND_OF_FORMAT.get(letter, ""), view.itemsize))
    if code is None:
        raise unsupported(value, "elements of format %r" % form)
    data = view.cast("B") if view.c_contiguous and view.nbytes else view.tobytes()
    _typed_array(code, view.shape or (), data, out, sink)


def _numpy_array(array: Any, numpy: Any, out: Out, sink: Sink) -> None:
    dtype = array.dtype
    code = _CODES.get((dtype.kind, dtype.itemsize))
    if code is None:
        raise unsupported(array, "an array of dtype %s" % dtype, dtype.kind)
    if hasattr(array, "mask"):
        raise unsupported(array, "an array with a mask", "mask")
    array = numpy.asarray(array, dtype=dtype.newbyteorder("<"), order="C")
    # The bytes are looked at where they lie; a view of none has no shape that memoryview can take.
    data = memoryview(array.reshape(-1).view("u1")) if array.size else b""
    _typed_array(code, array.shape, data, out, sink)


def _typed_array(code: int, shape: Sequence[int], data: Buffer, out: Out, sink: Sink) -> None:
    if sys.byteorder != "little" and code > 2:
        raise CodecError("unsupported_type", "typed arrays need a little-endian machine; send a list")
    if len(shape) > _MOST_DIMENSIONS or any(size > 0xFFFFFFFF for size in shape):
        raise CodecError("too_large", "an array of shape %s; send it in parts" % (shape,))
    head = bytes((code, len(shape))) + b"".join([size.to_bytes(4, "little") for size in shape])
    if sink is not None and len(data) > sink[0]:
        extension(_ARRAY_BODY, head, out)
        sink[1].append(data)
    else:
        extension(_ARRAY, b"".join((head, data)), out)


def _numpy_scalar(scalar: Any, out: Out, depth: int, sink: Sink, encode_value: EncodeValue) -> None:
    # A datetime64 of nanoseconds would become an int.
    kind = scalar.dtype.kind
    if kind in "mM":
        return encode_value(_numpy_time(scalar, kind), out, depth, sink)
    value = scalar.item() if kind in "biufUS" else None
    if type(value) not in (bool, int, float, str, bytes):
        raise unsupported(scalar)
    encode_value(value, out, depth, sink)


def _numpy_time(scalar: Any, kind: str) -> Any:
    """As `date`, `datetime` and `timedelta` of Python cross. numpy's have no time zone."""
    if scalar != scalar:  # NaT
        return None
    if kind == "M":
        return str(scalar)
    try:
        return float(scalar / type(scalar)(1, "s"))
    except TypeError:  # of months, or of no unit
        raise unsupported(scalar) from None


def _datetime(value: Datetime, out: Out, depth: int, sink: Sink, encode_value: EncodeValue) -> None:
    """An instant; without a time zone it is none, and crosses as text, as a date does."""
    if value != value:  # pandas.NaT says that it is a datetime
        return out(b"\xc0")
    if value.utcoffset() is None:
        return encode_value(value.isoformat(), out, depth, sink)
    _timestamp(value, out)


def _timestamp(instant: Datetime, out: Out) -> None:
    from datetime import datetime, timezone

    passed = instant - datetime(1970, 1, 1, tzinfo=timezone.utc)
    seconds = passed.days * 86400 + passed.seconds
    # A pandas.Timestamp has those that no microsecond holds.
    nanoseconds = passed.microseconds * 1000 + getattr(passed, "nanoseconds", 0)
    if not _EARLIEST_SECOND <= seconds <= _LATEST_SECOND:
        raise CodecError("invalid_timestamp", "an instant outside the years 1 to 9999 of UTC")
    if 0 <= seconds < 1 << 32 and not nanoseconds:
        data = seconds.to_bytes(4, "big")
    elif 0 <= seconds < 1 << 34:
        data = (nanoseconds << 34 | seconds).to_bytes(8, "big")
    else:
        data = nanoseconds.to_bytes(4, "big") + seconds.to_bytes(8, "big", signed=True)
    extension(_TIMESTAMP, data, out)
