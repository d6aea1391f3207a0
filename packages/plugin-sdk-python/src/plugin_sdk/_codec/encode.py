"""MessagePack encoding in pure Python: what a message is usually made of. The rest is in special.py.

Looks repetitive on purpose: a call for each value would double the time, so the types that messages consist of are
written inside the loops of the containers (measured, reference: four to six times the time of a C encoder).
"""

from __future__ import annotations

from _struct import Struct

from .error import MAX_DEPTH, CodecError, too_deep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Optional, Union

    Buffer = Union[bytes, bytearray, memoryview]
    # Takes the parts of the payload, in order.
    Out = Callable[[Buffer], None]
    # What has to be more than so many bytes long to become a body, and the bodies.
    Sink = Optional[tuple[int, list[Buffer]]]

_u16 = Struct(">BH").pack
_u32 = Struct(">BI").pack
_u64 = Struct(">BQ").pack
_i8 = Struct(">Bb").pack
_i16 = Struct(">Bh").pack
_i32 = Struct(">Bi").pack
_i64 = Struct(">Bq").pack
_f64 = Struct(">Bd").pack

_INTEGERS = {value: bytes([value & 0xFF]) for value in range(-32, 128)}
_TEXT_HEADS = [bytes([0xA0 | count]) for count in range(32)] + [bytes([0xD9, count]) for count in range(32, 256)]
_BINARY_HEADS = [bytes([0xC4, count]) for count in range(256)]
_ARRAY_HEADS = [bytes([0x90 | count]) for count in range(16)]
_MAP_HEADS = [bytes([0x80 | count]) for count in range(16)]

# Map keys repeat. Emptied when full: bounded, and ever new keys only make it useless.
_keys: dict[str, bytes] = {}
_MOST_KEYS = 2048
_LONGEST_KEY = 64


def encode(message: object, body_threshold: Optional[int] = None) -> tuple[bytes, Sequence[Buffer]]:
    """Encodes one value: ``(payload, bodies)``.

    With a ``body_threshold``, binary values of more bytes than that are left out of the payload; ``bodies`` then lists
    them in order (bytes, bytearray, or memoryview of format B), to be written right behind the frame. Otherwise it is
    ``()``. Raises CodecError.
    """
    parts: list[Buffer] = []
    bodies: list[Buffer] = []
    sink = None if body_threshold is None else (body_threshold, bodies)
    try:
        encode_value(message, parts.append, 0, sink)
    except UnicodeEncodeError as error:
        raise _refusal(error) from None
    except RecursionError:
        raise too_deep() from None
    except RuntimeError as error:
        raise CodecError(
            "unsupported_type", "%s: another thread did it while it was being sent; send a copy" % error
        ) from None
    return b"".join(parts), bodies or ()


def encode_value(value: Any, out: Out, depth: int, sink: Sink) -> None:
    """Hands the bytes of one value to ``out``; ``depth`` counts the containers around it."""
    kind = type(value)
    if kind is str:
        data = value.encode()
        count = len(data)
        out(_TEXT_HEADS[count] if count < 256 else text_head(count))
        out(data)
    elif kind is int:
        out(_INTEGERS.get(value) or integer(value))
    elif kind is list or kind is tuple:
        _array(value, out, depth + 1, sink)
    elif kind is dict:
        _map(value, out, depth + 1, sink)
    elif value is None:
        out(b"\xc0")
    elif value is True:
        out(b"\xc3")
    elif value is False:
        out(b"\xc2")
    elif kind is float:
        out(_f64(0xCB, value))
    elif kind is bytes or kind is bytearray:
        binary(value, len(value), out, sink)
    else:
        _special(value, out, depth, sink)


def _special(value: Any, out: Out, depth: int, sink: Sink) -> None:
    """Replaces itself by what most messages never need."""
    global _special
    from .special import encode_special as _special

    _special(value, out, depth, sink)


def _array(array: Sequence[Any], out: Out, depth: int, sink: Sink) -> None:
    if depth > MAX_DEPTH:
        raise too_deep()
    total = len(array)
    out(_ARRAY_HEADS[total] if total < 16 else _u16(0xDC, total) if total < 65536 else _count32(0xDD, total))
    try:
        for value in array:
            kind = type(value)
            if kind is str:
                data = value.encode()
                count = len(data)
                out(_TEXT_HEADS[count] if count < 256 else text_head(count))
                out(data)
            elif kind is int:
                out(_INTEGERS.get(value) or integer(value))
            elif kind is float:
                out(_f64(0xCB, value))
            elif kind is dict:
                _map(value, out, depth + 1, sink)
            elif kind is list:
                _array(value, out, depth + 1, sink)
            else:
                encode_value(value, out, depth, sink)
    except (CodecError, UnicodeEncodeError) as error:
        refusal = _refusal(error)
        # No index is counted for the good case. The first element that is this very object is the one: an earlier one
        # would have been refused, too.
        refusal.passed_through(next(index for index, element in enumerate(array) if element is value))
        raise refusal from None
    if len(array) != total:
        raise CodecError("unsupported_type", "a list that another thread changed while it was being sent; send a copy")


def _map(mapping: dict[Any, Any], out: Out, depth: int, sink: Sink) -> None:
    if depth > MAX_DEPTH:
        raise too_deep()
    count = len(mapping)
    out(_MAP_HEADS[count] if count < 16 else _u16(0xDE, count) if count < 65536 else _count32(0xDF, count))
    keys = _keys
    try:
        for key, value in mapping.items():
            out((keys.get(key) if type(key) is str else None) or _key(key))
            kind = type(value)
            if kind is str:
                data = value.encode()
                count = len(data)
                out(_TEXT_HEADS[count] if count < 256 else text_head(count))
                out(data)
            elif kind is int:
                out(_INTEGERS.get(value) or integer(value))
            elif kind is float:
                out(_f64(0xCB, value))
            elif value is None:
                out(b"\xc0")
            elif kind is list:
                _array(value, out, depth + 1, sink)
            elif kind is dict:
                _map(value, out, depth + 1, sink)
            else:
                encode_value(value, out, depth, sink)
    except (CodecError, UnicodeEncodeError) as error:
        refusal = _refusal(error)
        refusal.passed_through(key)
        raise refusal from None
    except _BadKey as bad:
        raise bad.args[0] from None


class _BadKey(Exception):
    """A refused key: its path is that of the map, not one inside it."""


def _key(key: object) -> bytes:
    if not isinstance(key, str):
        raise _BadKey(
            CodecError("non_string_key", "a key of type %s; send str(key), or a list of pairs" % type(key).__name__)
        )
    try:
        data = str.encode(key)
    except UnicodeEncodeError as error:
        raise _BadKey(_refusal(error)) from None
    encoded = (_TEXT_HEADS[len(data)] if len(data) < 256 else text_head(len(data))) + data
    if len(data) <= _LONGEST_KEY and type(key) is str:
        if len(_keys) >= _MOST_KEYS:
            _keys.clear()
        _keys[key] = encoded
    return encoded


def _refusal(error: ValueError) -> CodecError:
    if isinstance(error, CodecError):
        return error
    return CodecError(
        "invalid_text", "text with a lone surrogate, which UTF-8 can't carry; send bytes, or text.encode(errors=...)"
    )


def integer(value: int) -> bytes:
    if value >= 0:
        if value < 0x80:
            return _INTEGERS[value]
        if value < 0x100:
            return bytes((0xCC, value))
        if value < 0x10000:
            return _u16(0xCD, value)
        if value < 0x100000000:
            return _u32(0xCE, value)
        if value < 0x10000000000000000:
            return _u64(0xCF, value)
    elif value >= -0x80:
        return _i8(0xD0, value)
    elif value >= -0x8000:
        return _i16(0xD1, value)
    elif value >= -0x80000000:
        return _i32(0xD2, value)
    elif value >= -0x8000000000000000:
        return _i64(0xD3, value)
    raise CodecError("integer_range", "an int beyond 64 bits; send it as a string")


def text_head(count: int) -> bytes:
    if count < 65536:
        return _u16(0xDA, count)
    return _count32(0xDB, count)


def _count32(kind: int, count: int) -> bytes:
    if count > 0xFFFFFFFF:
        raise CodecError("too_large", "%d is more than 32 bits can count; send it in parts" % count)
    return _u32(kind, count)


def binary(data: Buffer, count: int, out: Out, sink: Sink) -> None:
    """``data`` may be anything that b"".join takes; ``count`` is its length in bytes."""
    if sink is not None and count > sink[0]:
        out(b"\xd7\x02" + count.to_bytes(8, "little"))
        sink[1].append(data)
        return
    out(_BINARY_HEADS[count] if count < 256 else _u16(0xC5, count) if count < 65536 else _count32(0xC6, count))
    out(data)


def extension(code: int, data: bytes, out: Out) -> None:
    count = len(data)
    if count in _FIXED_EXTENSIONS:
        out(bytes((_FIXED_EXTENSIONS[count], code)))
    elif count < 256:
        out(bytes((0xC7, count, code)))
    else:
        out(_u16(0xC8, count) if count < 65536 else _count32(0xC9, count))
        out(bytes((code,)))
    out(data)


_FIXED_EXTENSIONS = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}
