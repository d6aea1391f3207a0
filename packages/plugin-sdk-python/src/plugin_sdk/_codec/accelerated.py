"""The codec over msgpack's C extension. It gives the same answers as the codec in Python.

The extension is eight times as fast, and laxer: keys that are not text, keys that occur twice, any depth up to 1024, any
memoryview as bytes. So its work counts only if it is proven right, and each proof is made by the extension, too, or
by another loop in C. The codec in Python does again what is not proven or is refused; its answer counts, with its error
and path.
"""

from __future__ import annotations

from . import decode as pure_decode
from . import encode as pure_encode
from .error import MAX_DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any, Callable, Optional

    from .extension import Body
    from .out import Buffer

_SCALARS = frozenset((str, int, float, bool, type(None)))
_BYTES = frozenset((bytes, bytearray))
_CONTAINERS = frozenset((list, dict))
# Types that the extension encodes otherwise, refuses, or can't prove: it need not try.
_NOT_FOR_C = frozenset((bytes, bytearray, memoryview, tuple))
# Looking at the types inside is cheaper than a failed try only if there are few values.
_MOST_LOOKED_AT = 64
# After an answer that had to be encoded twice, Python encodes at most this many before the next try.
_LONGEST_REST = 64

_MAP_HEADS = bytes(range(0x80, 0x90)) + b"\xde\xdf"
_CONTAINER_HEADS = bytes(range(0x80, 0xA0)) + b"\xdc\xdd\xde\xdf"
_BINARY_HEADS = b"\xc4\xc5\xc6"
# As a limit of length it refuses even what is empty. (-1 would mean no limit.)
_NONE_AT_ALL = -2
# The extension's own limit. Wrapped into enough arrays, a message meets the limit of the protocol.
_DEEPEST_OF_EXTENSION = 1024
_WRAPPING = b"\x91" * (_DEEPEST_OF_EXTENSION - MAX_DEPTH)


class AcceleratedCodec:
    def __init__(self, extension: ModuleType) -> None:
        self._unpackb: Callable[..., Any] = extension.unpackb
        self._unpacker: Callable[..., Any] = extension.Unpacker
        self._packer: Callable[..., Any] = extension.Packer
        # Taken out while in use, so that no two threads share one.
        self._packs: list[Callable[[object], bytes]] = [self._new_pack()]
        self._rest = self._resting = 0
        if not self._is_as_assumed():
            raise ImportError("the extension has other limits")

    def encode(self, message: Any, body_threshold: Optional[int] = None) -> tuple[bytes, Sequence[Buffer]]:
        """As `encode.encode`."""
        if self._resting > 0:  # several threads may have counted it down at once
            self._resting -= 1
            return pure_encode.encode(message, body_threshold)
        if type(message) is tuple:
            message = list(message)
        is_proven = True
        for value in message if type(message) is list else (message,):
            kind = type(value)
            if kind in _SCALARS or (kind in _BYTES and (body_threshold is None or len(value) <= body_threshold)):
                continue
            if kind not in _CONTAINERS or not _is_for_c(value):
                return pure_encode.encode(message, body_threshold)
            is_proven = False
        payload = self._pack(message)
        if payload is not None and (is_proven or self._proves_encoded(payload)):
            self._rest = 0
            return payload, ()
        self._resting = self._rest = min(2 * self._rest + 1, _LONGEST_REST)
        return pure_encode.encode(message, body_threshold)

    def encode_answer(
        self, kind: int, call: int, value: object, body_threshold: Optional[int] = None
    ) -> tuple[bytes, Sequence[Buffer]]:
        """As `encode([kind, call, value], body_threshold)`. Most answers are one number, one text or a few bytes."""
        message = [kind, call, value]
        if type(value) in _SCALARS or (
            type(value) is bytes and (body_threshold is None or len(value) <= body_threshold)
        ):
            payload = self._pack(message)
            if payload is not None:
                return payload, ()
        return self.encode(message, body_threshold)

    def decode(self, payload: bytes, bodies: Optional[list[Body]] = None) -> Any:
        """As `decode.decode`."""
        try:
            message = self._unpackb(payload, max_ext_len=_NONE_AT_ALL)
        except Exception:
            return pure_decode.decode(payload, bodies)
        # Without a list or map inside, the message holds text, numbers and bytes alone: there is nothing to prove.
        if type(message) is list and _CONTAINERS.isdisjoint(map(type, message)):
            return message
        size = len(payload)
        # Without a map only depth is left to prove; in so few bytes not even that.
        if (len(payload.translate(None, _MAP_HEADS)) != size and not self._proves_maps(message, payload)) or (
            size > MAX_DEPTH and self._is_too_deep(payload)
        ):
            return pure_decode.decode(payload, bodies)
        return message

    def _proves_encoded(self, payload: bytes) -> bool:
        """Decoding refuses keys that are not text. No bytes may be in it, as they may stand for a view of numbers."""
        try:
            self._unpackb(payload, use_list=False, max_bin_len=_NONE_AT_ALL)
        except Exception:
            return False
        return len(payload) <= MAX_DEPTH or not self._is_too_deep(payload)

    def _proves_maps(self, message: object, payload: bytes) -> bool:
        """A key that occurred twice would be missing when encoded again; keys of bytes can't be joined to a text."""
        if self._pack(message) != payload:
            return False  # or the sender did not encode something in the shortest form, which it may
        if len(payload.translate(None, _BINARY_HEADS)) != len(payload):
            try:
                self._unpackb(payload, object_hook="".join)
            except Exception:
                return False
        return True

    def _is_too_deep(self, payload: bytes) -> bool:
        if len(payload) - len(payload.translate(None, _CONTAINER_HEADS)) <= MAX_DEPTH:
            return False
        unpacker = self._unpacker(max_buffer_size=len(_WRAPPING) + len(payload))
        unpacker.feed(_WRAPPING)
        unpacker.feed(payload)
        try:
            unpacker.skip()
        except Exception:
            return True
        return False

    def _pack(self, message: object) -> Optional[bytes]:
        try:
            pack = self._packs.pop()
        except IndexError:
            pack = self._new_pack()
        try:
            return pack(message)
        except Exception:
            return None
        finally:
            self._packs.append(pack)

    def _new_pack(self) -> Callable[[object], bytes]:
        # Strict: of subclasses the extension would take what they override.
        return self._packer(strict_types=True).pack  # type: ignore[no-any-return]

    def _is_as_assumed(self) -> bool:
        deepest = b"\x91" * (MAX_DEPTH - 1) + b"\x90"
        return (
            self._is_too_deep(b"\x91" + deepest)
            and not self._is_too_deep(deepest)
            and not self._proves_encoded(b"\xc4\x00")  # bytes, a key that is a number, an extension
            and not self._proves_encoded(b"\x81\x01\x01")
            and not any(self._decodes(b"\xc7\x00" + code) for code in (b"\x01", b"\xff"))
        )

    def _decodes(self, payload: bytes) -> bool:
        try:
            self._unpackb(payload, max_ext_len=_NONE_AT_ALL)
        except Exception:
            return False
        return True


def _is_for_c(container: Any) -> bool:
    if len(container) > _MOST_LOOKED_AT:
        return True
    return _NOT_FOR_C.isdisjoint(map(type, container if type(container) is list else container.values()))
