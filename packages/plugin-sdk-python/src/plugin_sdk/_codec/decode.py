"""MessagePack decoding in pure Python. Repetitive on purpose, see encode.py."""

from __future__ import annotations

from _struct import Struct
from _struct import error as StructError  # type: ignore[attr-defined]

from .error import MAX_DEPTH, CodecError, too_deep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .extension import Body

    Bodies = Optional[list[Body]]

_u16 = Struct(">H").unpack_from
_u32 = Struct(">I").unpack_from
_f64 = Struct(">d").unpack_from

_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {
    0xCA: (Struct(">f").unpack_from, 4),
    0xCB: (_f64, 8),
    0xCC: (Struct(">B").unpack_from, 1),
    0xCD: (_u16, 2),
    0xCE: (_u32, 4),
    0xCF: (Struct(">Q").unpack_from, 8),
    0xD0: (Struct(">b").unpack_from, 1),
    0xD1: (Struct(">h").unpack_from, 2),
    0xD2: (Struct(">i").unpack_from, 4),
    0xD3: (Struct(">q").unpack_from, 8),
}
_COUNTS = ((Struct(">B").unpack_from, 1), (_u16, 2), (_u32, 4))
_FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}

# Map keys repeat: raw bytes to text. Emptied when full: bounded, and ever new keys only make it useless.
_keys: dict[bytes, str] = {}
_MOST_KEYS = 2048


def decode(payload: bytes, bodies: Bodies = None) -> Any:
    """Decodes one value that fills ``payload``. Raises CodecError.

    References to bodies are refused, unless a list is given: then a Body is put into the list, and into the message in
    the place of each. Fill them in order, then ``resolve(message, bodies)``.
    """
    if type(payload) is not bytes:
        payload = bytes(payload)
    try:
        value, offset = decode_value(payload, 0, 0, bodies)
        if offset != len(payload):
            raise CodecError("trailing_bytes", "%d bytes follow the value" % (len(payload) - offset))
        return value
    except RecursionError:
        refusal = too_deep()
    except (CodecError, UnicodeDecodeError, IndexError, StructError) as error:
        refusal = _refusal(error, payload)
    refusal.verb = "decode"
    raise refusal


def decode_value(data: bytes, offset: int, depth: int, bodies: Bodies) -> tuple[Any, int]:
    """Reads the value at ``offset``: ``(value, offset behind it)``; ``depth`` counts the containers around it."""
    kind = data[offset]
    offset += 1
    if kind < 0x80:
        return kind, offset
    if kind < 0x90:
        return _map(data, offset, kind & 15, depth + 1, bodies)
    if kind < 0xA0:
        return _array(data, offset, kind & 15, depth + 1, bodies)
    if kind < 0xC0:
        return _text(data, offset, kind & 31)
    if kind >= 0xE0:
        return kind - 256, offset
    if kind >= 0xDC:
        count, offset = _count(data, offset, (kind & 1) + 1)
        if kind < 0xDE:
            return _array(data, offset, count, depth + 1, bodies)
        return _map(data, offset, count, depth + 1, bodies)
    return _scalar(kind, data, offset, bodies)


def _array(data: bytes, offset: int, count: int, depth: int, bodies: Bodies) -> tuple[list[Any], int]:
    if count > len(data) - offset:
        raise _truncated()
    if depth > MAX_DEPTH:
        raise too_deep()
    array: list[Any] = []
    value: Any
    add = array.append
    try:
        for _ in range(count):
            kind = data[offset]
            if kind < 0x80:
                add(kind)
                offset += 1
            elif 0xA0 <= kind < 0xC0:
                start = offset + 1
                offset = start + (kind & 31)
                add(str(data[start:offset], "utf-8"))
            elif kind < 0x90:
                value, offset = _map(data, offset + 1, kind & 15, depth + 1, bodies)
                add(value)
            elif kind < 0xA0:
                value, offset = _array(data, offset + 1, kind & 15, depth + 1, bodies)
                add(value)
            elif kind == 0xCB:
                add(_f64(data, offset + 1)[0])
                offset += 9
            elif kind >= 0xE0:
                add(kind - 256)
                offset += 1
            elif kind >= 0xDC:
                value, offset = decode_value(data, offset, depth, bodies)
                add(value)
            else:
                value, offset = _scalar(kind, data, offset + 1, bodies)
                add(value)
        if offset > len(data):
            raise _truncated()
    except (CodecError, UnicodeDecodeError, IndexError, StructError) as error:
        refusal = _refusal(error, data, offset)
        # A text that is cut short shows only behind its end.
        refusal.passed_through(len(array) - (offset > len(data)))
        raise refusal from None
    return array, offset


def _map(data: bytes, offset: int, count: int, depth: int, bodies: Bodies) -> tuple[dict[str, Any], int]:
    if count * 2 > len(data) - offset:
        raise _truncated()
    if depth > MAX_DEPTH:
        raise too_deep()
    first = offset
    mapping: dict[str, Any] = {}
    keys = _keys
    key = None
    try:
        for _ in range(count):
            kind = data[offset]
            if 0xA0 <= kind < 0xC0:
                start = offset + 1
                offset = start + (kind & 31)
                raw = data[start:offset]
                key = keys.get(raw)
                if key is None:
                    key = _key(raw)
            else:
                key, offset = _long_key(kind, data, offset + 1)
            kind = data[offset]
            if kind < 0x80:
                mapping[key] = kind
                offset += 1
            elif 0xA0 <= kind < 0xC0:
                start = offset + 1
                offset = start + (kind & 31)
                mapping[key] = str(data[start:offset], "utf-8")
            elif kind < 0x90:
                mapping[key], offset = _map(data, offset + 1, kind & 15, depth + 1, bodies)
            elif kind < 0xA0:
                mapping[key], offset = _array(data, offset + 1, kind & 15, depth + 1, bodies)
            elif kind == 0xCB:
                mapping[key] = _f64(data, offset + 1)[0]
                offset += 9
            elif kind in _CONSTANTS:
                mapping[key] = _CONSTANTS[kind]
                offset += 1
            elif kind >= 0xDC:
                mapping[key], offset = decode_value(data, offset, depth, bodies)
            else:
                mapping[key], offset = _scalar(kind, data, offset + 1, bodies)
        if offset > len(data):
            raise _truncated()
    except (CodecError, UnicodeDecodeError, IndexError, StructError) as error:
        refusal = _refusal(error, data, offset)
        if key is not None:
            refusal.passed_through(key)
        raise refusal from None
    except _BadKey as bad:
        raise bad.args[0] from None
    if len(mapping) != count:
        raise _duplicate(data, first, depth)
    return mapping, offset


class _BadKey(Exception):
    """A refused key: its path is that of the map, not one inside it."""


def _key(raw: bytes) -> str:
    try:
        key = str(raw, "utf-8")
    except UnicodeDecodeError as error:
        raise _BadKey(_refusal(error, b"")) from None
    if len(_keys) >= _MOST_KEYS:
        _keys.clear()
    _keys[raw] = key
    return key


def _long_key(kind: int, data: bytes, offset: int) -> tuple[Any, int]:
    if not 0xD9 <= kind <= 0xDB:
        raise _BadKey(CodecError("non_string_key", "a key of a map is not text"))
    try:
        return _scalar(kind, data, offset, None)
    except (CodecError, UnicodeDecodeError) as error:
        raise _BadKey(_refusal(error, data)) from None


def _duplicate(data: bytes, offset: int, depth: int) -> CodecError:
    """Reads a map again that is known to have a key twice, to find out which."""
    seen = set()
    while True:
        key, offset = decode_value(data, offset, depth, [])
        if key in seen:
            refusal = CodecError("duplicate_key", "the key occurs twice")
            refusal.passed_through(key)
            return refusal
        seen.add(key)
        offset = decode_value(data, offset, depth, [])[1]


def _scalar(kind: int, data: bytes, offset: int, bodies: Bodies) -> tuple[Any, int]:
    """Reads a value that is no container and has more than one byte; ``offset`` is behind the type byte."""
    if kind in _NUMBERS:
        read, width = _NUMBERS[kind]
        return read(data, offset)[0], offset + width
    if kind in _CONSTANTS:
        return _CONSTANTS[kind], offset
    if kind >= 0xD9:
        count, offset = _count(data, offset, kind - 0xD9)
        return _text(data, offset, count)
    if kind >= 0xD4:
        return _extension(data, offset, _FIXED_EXTENSIONS[kind], bodies)
    if kind >= 0xC7:
        count, offset = _count(data, offset, kind - 0xC7)
        return _extension(data, offset, count, bodies)
    if kind >= 0xC4:
        count, offset = _count(data, offset, kind - 0xC4)
        end = offset + count
        if end > len(data):
            raise _truncated()
        return data[offset:end], end
    raise CodecError("reserved_byte", "the byte 0xc1 means nothing in MessagePack")


def _count(data: bytes, offset: int, power: int) -> tuple[int, int]:
    read, width = _COUNTS[power]
    return read(data, offset)[0], offset + width


def _text(data: bytes, offset: int, count: int) -> tuple[str, int]:
    end = offset + count
    if end > len(data):
        raise _truncated()
    return str(data[offset:end], "utf-8"), end


def _extension(data: bytes, offset: int, count: int, bodies: Bodies) -> tuple[Any, int]:
    code = data[offset]
    offset += 1
    end = offset + count
    if end > len(data):
        raise _truncated()
    return _payload(code, data[offset:end], bodies), end


def _payload(code: int, payload: bytes, bodies: Bodies) -> Any:
    """Imports what most messages never need, and replaces itself by it."""
    global _payload
    from .extension import decode_extension as _payload

    return _payload(code, payload, bodies)


def _truncated() -> CodecError:
    return CodecError("truncated", "the bytes end in the middle of a value")


def _refusal(error: Exception, data: bytes, offset: int = 0) -> CodecError:
    if offset > len(data):
        return _truncated()
    if isinstance(error, CodecError):
        return error
    if isinstance(error, UnicodeDecodeError):
        return CodecError("invalid_text", "text that is not valid UTF-8")
    return _truncated()
