"""Decoding of extension types: instants, typed arrays, bodies. Imported when the first one occurs."""

from __future__ import annotations

import sys
from _io import BytesIO

from .array_memory import ArrayMemory
from .error import CodecError
from .huge_pages import LEAST_BYTES, ask_for_huge_pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime as Datetime
    from typing import Any, Optional

    # Code of the element type, shape.
    Header = tuple[int, tuple[int, ...]]

_ARRAY, _BODY, _ARRAY_BODY, _TIMESTAMP = 1, 2, 3, 0xFF

# By the code on the wire: numpy's name, memoryview's format, bytes of an element.
_DTYPES = (
    ("?", "?", 1), ("i1", "b", 1), ("u1", "B", 1), ("<i2", "h", 2), ("<u2", "H", 2), ("<i4", "i", 4), ("<u4", "I", 4),
    ("<i8", "q", 8), ("<u8", "Q", 8), ("<f2", "e", 2), ("<f4", "f", 4), ("<f8", "d", 8),
)  # fmt: skip
_FLOAT16 = 9
_MOST_DIMENSIONS = 32

# Bodies are received one after the other, by the one thread that reads.
_array_memory = ArrayMemory()
# For less than this, fresh memory costs nothing.
_LEAST_KEPT_BYTES = 65_536

_EARLIEST_SECOND = -62_135_596_800  # 0001-01-01
_LATEST_SECOND = 253_402_300_799  # the end of 9999


class Body:
    """Stands in a decoded message for a value whose bytes follow the frame."""

    __slots__ = ("_buffer", "_header", "_numpy", "_view", "length")

    def __init__(self, length: int, header: Optional[Header] = None) -> None:
        self.length = length
        self._header = header
        self._buffer: Any = None
        self._view: Optional[memoryview] = None
        # Decided here, so that the value doesn't depend on what is imported while it is received.
        self._numpy = None if header is None else _numpy()

    @property
    def view(self) -> memoryview:
        """Where to receive the ``length`` bytes; the memory is taken when this is first asked for."""
        if self._view is None:
            if self._numpy is not None:
                large = self.length > _LEAST_KEPT_BYTES
                self._buffer = (_array_memory.take if large else _empty)(self._numpy, self.length)
                # memoryview refuses to hand out a view of nothing from numpy.
                self._view = memoryview(self._buffer) if self.length else memoryview(bytearray())
            else:
                memory = bytes(self.length)
                if self.length >= LEAST_BYTES:
                    ask_for_huge_pages(memory)
                self._buffer = BytesIO(memory)
                del memory  # BytesIO lends it only while nobody else has it
                self._view = self._buffer.getbuffer()
        return self._view

    def finish(self) -> object:
        """The value made of the received bytes, without copying them; ``view`` can't be used any more."""
        view = self.view
        buffer = self._buffer
        self._buffer = self._view = None
        if self._numpy is not None and self._header is not None:
            view.release()
            code, shape = self._header
            return buffer.view(_DTYPES[code][0]).reshape(shape)
        if self._header is not None:
            return _memoryview(view, self._header)
        # BytesIO was given the only reference to a bytes object that calloc made, so it lends that very memory for
        # writing, and getvalue() returns that very object once no view of it is left (measured on 3.9 to 3.13: 400 MB
        # in 0.01 ms). A socket can't be read into bytes in any other way without holding all of it twice.
        view.release()
        return buffer.getvalue()


def resolve(message: object, bodies: list[Body]) -> object:
    """Puts the values of ``bodies``, whose views have been filled, in their places. Returns the message."""
    if type(message) is Body:
        return message.finish()
    containers: list[Any] = [message] if bodies else []
    while containers:
        container = containers.pop()
        for key, value in enumerate(container) if type(container) is list else container.items():
            kind = type(value)
            if kind is Body:
                container[key] = value.finish()
            elif kind is list or kind is dict:
                containers.append(value)
    return message


def decode_extension(code: int, payload: bytes, bodies: Optional[list[Body]]) -> object:
    if code == _TIMESTAMP:
        return _instant(payload)
    if code == _ARRAY:
        header, length, start = array_header(payload)
        _need_element_type(header)
        if length != len(payload) - start:
            raise CodecError("invalid_array", "%d bytes of elements instead of %d" % (len(payload) - start, length))
        body = Body(length, header)
        # A part of bytes, so one copy is needed: the array has to be writable and aligned.
        body.view[:] = memoryview(payload)[start:]
        return body.finish()
    if code == _BODY:
        if len(payload) != 8:
            raise CodecError("invalid_array", "a body reference has 8 bytes, not %d" % len(payload))
        return _announced(Body(int.from_bytes(payload, "little")), bodies)
    if code == _ARRAY_BODY:
        header, length, start = array_header(payload)
        if start != len(payload):
            raise CodecError("invalid_array", "an array body reference is only a header")
        _need_element_type(header)
        return _announced(Body(length, header), bodies)
    raise CodecError("unknown_extension", "there is no extension type %d" % (code - 256 if code > 127 else code))


def _announced(body: Body, bodies: Optional[list[Body]]) -> Body:
    if bodies is None:
        raise CodecError("unexpected_body", "there are no bodies here")
    bodies.append(body)
    return body


def array_header(payload: bytes) -> tuple[Header, int, int]:
    """Reads ``dtype: u8 | dimensions: u8 | size of each: u32 LE``: ``((code, shape), bytes of elements, end)``."""
    if len(payload) < 2 or len(payload) < 2 + 4 * payload[1]:
        raise CodecError("invalid_array", "the header of an array is cut short")
    code, dimensions = payload[0], payload[1]
    if code >= len(_DTYPES):
        raise CodecError("invalid_array", "there is no element type %d" % code)
    if dimensions > _MOST_DIMENSIONS:
        raise CodecError("invalid_array", "%d dimensions are more than %d" % (dimensions, _MOST_DIMENSIONS))
    end = 2 + 4 * dimensions
    shape = tuple([int.from_bytes(payload[at : at + 4], "little") for at in range(2, end, 4)])
    length = _DTYPES[code][2]
    for size in shape:
        length *= size
        if length >= 1 << 53:  # where JavaScript can't count it, even if a size of 0 follows
            raise CodecError("invalid_array", "an array whose size is beyond counting")
    if sys.byteorder != "little" and code > 2:
        raise CodecError("unsupported_type", "typed arrays need a little-endian machine")
    return (code, shape), length, end


def _empty(numpy: Any, length: int) -> Any:
    return numpy.empty(length, "u1")


def _numpy() -> Any:
    module = sys.modules.get("numpy")
    # While another thread imports numpy, the module is there but empty.
    return module if hasattr(module, "ndarray") and hasattr(module, "empty") else None


def _need_element_type(header: Header) -> None:
    if header[0] == _FLOAT16 and _numpy() is None and sys.version_info < (3, 12):
        raise CodecError("invalid_array", "arrays of float16 need numpy, imported by the plugin, or Python 3.12")


def _memoryview(view: memoryview, header: Header) -> memoryview:
    code, shape = header
    letter: Any = _DTYPES[code][1]
    size = _DTYPES[code][2]
    # memoryview can't be cast to a shape with a 0 in it; of several dimensions only "nothing of this type" is left.
    array: memoryview = view.cast(letter, shape) if view.nbytes else memoryview(bytearray(size)).cast(letter)[:0]
    return array


def _instant(payload: bytes) -> Datetime:
    from datetime import datetime, timedelta, timezone

    count = len(payload)
    nanoseconds = 0
    if count == 4:
        seconds = int.from_bytes(payload, "big")
    elif count == 8:
        both = int.from_bytes(payload, "big")
        nanoseconds, seconds = both >> 34, both & 0x3FFFFFFFF
    elif count == 12:
        nanoseconds = int.from_bytes(payload[:4], "big")
        seconds = int.from_bytes(payload[4:], "big", signed=True)
    else:
        raise CodecError("invalid_timestamp", "a timestamp has 4, 8 or 12 bytes, not %d" % count)
    if nanoseconds >= 1_000_000_000:
        raise CodecError("invalid_timestamp", "a second has fewer nanoseconds")
    if not _EARLIEST_SECOND <= seconds <= _LATEST_SECOND:
        raise CodecError("invalid_timestamp", "the year is not in 1 to 9999")
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
