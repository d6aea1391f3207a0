"""Both channels over one stream in each direction, such as standard input and output.

Each direction is cut into segments, see the protocol, "One stream". So a cancel or a pong goes between two parts of a large
body.
"""

from __future__ import annotations

from _struct import Struct

DATA, CONTROL = 0, 1
# The longest that is sent. A receiver takes any length.
SEGMENT_BYTES = 65_536

_HEAD = Struct("<I")
HEAD_BYTES = 4


def head_of(channel: int, size: int) -> bytes:
    return _HEAD.pack(size << 8 | channel)


def read_head(buffer: bytes, offset: int) -> tuple[int, int]:
    """The channel, and the number of bytes that follow."""
    head = _HEAD.unpack_from(buffer, offset)[0]
    return head & 255, head >> 8
