"""Strict MessagePack, the counterpart of packages/protocol/src/codec; wire format: packages/protocol/README.md.

Every plugin pays at its start for what is imported here, so the rarer half is imported when it is first needed.
"""

from __future__ import annotations

from .decode import decode
from .encode import encode
from .error import CodecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Optional

    from .extension import Body
    from .out import Buffer

__all__ = ["CodecError", "decode", "encode", "encode_answer", "read_head", "resolve", "scan_bodies"]


def encode_answer(
    kind: int, call: int, value: object, body_threshold: Optional[int] = None
) -> tuple[bytes, Sequence[Buffer]]:
    return encode([kind, call, value], body_threshold)


def resolve(message: object, bodies: list[Body]) -> object:
    """Puts the received values of ``bodies`` in their places in a decoded message, and returns it."""
    from .extension import resolve

    return resolve(message, bodies)


def scan_bodies(payload: bytes) -> Optional[int]:
    """How many bytes of bodies follow a frame that ``decode`` refused; None if that can't be known any more."""
    from .salvage import scan_bodies

    return scan_bodies(payload)


def read_head(start: bytes) -> list[int]:
    """``[kind, id]`` of a refused frame from its first bytes (64 are enough); as much of it as can be read."""
    from .salvage import read_head

    return read_head(start)
