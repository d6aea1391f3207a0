"""How single values look in MessagePack: the heads of text, bytes and extensions, and integers."""

from __future__ import annotations

from _struct import Struct

from .error import CodecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Optional, Union

    Buffer = Union[bytes, bytearray, memoryview]
    # Takes the parts of the payload, in order.
    Out = Callable[[Buffer], None]
    # Values of more bytes than the first become bodies, which are added to the second.
    Sink = Optional[tuple[int, list[Buffer]]]
    # Encodes a value inside the given number of containers.
    EncodeValue = Callable[[Any, Out, int, Sink], None]

u16 = Struct(">BH").pack
u32 = Struct(">BI").pack
_u64 = Struct(">BQ").pack
_i8 = Struct(">Bb").pack
_i16 = Struct(">Bh").pack
_i32 = Struct(">Bi").pack
_i64 = Struct(">Bq").pack

INTEGERS = {value: bytes([value & 0xFF]) for value in range(-32, 128)}
TEXT_HEADS = [bytes([0xA0 | count]) for count in range(32)] + [bytes([0xD9, count]) for count in range(32, 256)]
_BINARY_HEADS = [bytes([0xC4, count]) for count in range(256)]


def integer(value: int) -> bytes:
    if value >= 0:
        if value < 0x80:
            return INTEGERS[value]
        if value < 0x100:
            return bytes((0xCC, value))
        if value < 0x10000:
            return u16(0xCD, value)
        if value < 0x100000000:
            return u32(0xCE, value)
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
    # Python makes no text of more than 4,300 digits.
    instead = "str(value)" if value.bit_length() < 14_000 else "hex(value)"
    raise CodecError("integer_range", "an int beyond 64 bits; send %s" % instead)


def text_head(count: int) -> bytes:
    if count < 65536:
        return u16(0xDA, count)
    return count32(0xDB, count)


def count32(kind: int, count: int) -> bytes:
    if count > 0xFFFFFFFF:
        raise CodecError("too_large", "%d is more than 32 bits can count; send it in parts" % count)
    return u32(kind, count)


def binary(data: Buffer, count: int, out: Out, sink: Sink) -> None:
    """``data`` may be anything that b"".join takes; ``count`` is its length in bytes."""
    if sink is not None and count > sink[0]:
        out(b"\xd7\x02" + count.to_bytes(8, "little"))
        sink[1].append(data)
        return
    out(_BINARY_HEADS[count] if count < 256 else u16(0xC5, count) if count < 65536 else count32(0xC6, count))
    out(data)


def extension(code: int, data: bytes, out: Out) -> None:
    count = len(data)
    if count in _FIXED_EXTENSIONS:
        out(bytes((_FIXED_EXTENSIONS[count], code)))
    elif count < 256:
        out(bytes((0xC7, count, code)))
    else:
        out(u16(0xC8, count) if count < 65536 else count32(0xC9, count))
        out(bytes((code,)))
    out(data)


_FIXED_EXTENSIONS = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}
