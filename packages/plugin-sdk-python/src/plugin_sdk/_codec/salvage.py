"""Reads what can still be read of a refused frame. Imported when the first one is refused."""

from __future__ import annotations

from _struct import error as StructError  # type: ignore[attr-defined]

from .decode import decode_value
from .error import CodecError
from .extension import array_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

_BODY, _ARRAY_BODY = 2, 3


def read_head(start: bytes) -> list[int]:
    head: list[int] = []
    try:
        kind = start[0]
        offset = 1 if kind & 0xF0 == 0x90 else {0xDC: 3, 0xDD: 5}[kind]
        while len(head) < 2:
            value, offset = decode_value(start, offset, 1, None)
            if type(value) is not int or value < 0 or offset > len(start):
                break
            head.append(value)
    except (ValueError, IndexError, KeyError, StructError):
        # The frame is refused anyway; the refusal then names less.
        pass
    return head


def scan_bodies(payload: bytes) -> Optional[int]:
    """Walks over the structure alone, so that a frame refused for its meaning (a key that occurs twice) can be skipped
    together with its bodies. 0 also for a broken structure before the first body."""
    total = bodies = 0
    offset, end, remaining = 0, len(payload), 1
    try:
        while remaining:
            remaining -= 1
            children, offset, size = _step(payload, offset)
            remaining += children
            if size is not None:
                bodies += 1
                total += size
            if offset > end or remaining > end - offset:
                raise IndexError
        if offset == end:
            return total
    except (IndexError, CodecError):
        pass
    return None if bodies else 0


def _step(data: bytes, offset: int) -> tuple[int, int, Optional[int]]:
    """``(values inside, offset behind it, size of the body it announces or None)``."""
    kind = data[offset]
    offset += 1
    if kind < 0x80 or kind >= 0xE0 or kind in (0xC0, 0xC2, 0xC3):
        return 0, offset, None
    if kind < 0x90:
        return (kind & 15) * 2, offset, None
    if kind < 0xA0:
        return kind & 15, offset, None
    if kind < 0xC0:
        return 0, offset + (kind & 31), None
    if kind == 0xC1:
        raise IndexError
    if 0xCA <= kind <= 0xCB:
        return 0, offset + (4 if kind == 0xCA else 8), None
    if 0xCC <= kind <= 0xD3:
        return 0, offset + (1 << (kind & 3)), None
    if 0xD4 <= kind <= 0xD8:
        return _extension(data, offset, 1 << (kind - 0xD4))
    for first, last, shift in ((0xC4, 0xC6, 0), (0xC7, 0xC9, 0), (0xD9, 0xDB, 0), (0xDC, 0xDD, 1), (0xDE, 0xDF, 1)):
        if first <= kind <= last:
            width = 1 << (kind - first + shift)
            count = int.from_bytes(data[offset : offset + width], "big")
            offset += width
            if first == 0xC7:
                return _extension(data, offset, count)
            if first >= 0xDC:
                return count * (2 if first == 0xDE else 1), offset, None
            return 0, offset + count, None
    raise IndexError


def _extension(data: bytes, offset: int, count: int) -> tuple[int, int, Optional[int]]:
    code = data[offset]
    offset += 1
    end = offset + count
    if end > len(data):
        raise IndexError
    if code == _BODY:
        if count != 8:
            raise IndexError
        return 0, end, int.from_bytes(data[offset:end], "little")
    if code == _ARRAY_BODY:
        _, length, header_end = array_header(data[offset:end])
        if header_end != count:
            raise IndexError
        return 0, end, length
    return 0, end, None
