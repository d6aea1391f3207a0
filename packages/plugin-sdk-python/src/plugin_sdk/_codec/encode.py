"""MessagePack encoding in pure Python, of the types that most messages are made of. The rest is in special.py.

Looks repetitive on purpose: a call for each value would double the time, so the types that messages consist of are
written inside the loops of the containers (measured, reference: four to six times the time of a C encoder).
"""

from __future__ import annotations

from _struct import Struct

from .error import MAX_DEPTH, CodecError, too_deep
from .out import INTEGERS, TEXT_HEADS, binary, count32, integer, text_head, u16

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Optional

    from .out import Buffer, EncodeValue, Out, Sink

_f64 = Struct(">Bd").pack

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
        out(TEXT_HEADS[count] if count < 256 else text_head(count))
        out(data)
    elif kind is int:
        out(INTEGERS.get(value) or integer(value))
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
        _special(value, out, depth, sink, encode_value)


def _special(value: Any, out: Out, depth: int, sink: Sink, encode_value: EncodeValue) -> None:
    """Imports what most messages never need, and replaces itself by it."""
    global _special
    from .special import encode_special as _special

    _special(value, out, depth, sink, encode_value)


def _array(array: Sequence[Any], out: Out, depth: int, sink: Sink) -> None:
    if depth > MAX_DEPTH:
        raise too_deep()
    if type(array) is list:
        array = array.copy()  # another thread may change it: what follows has to be as much as its head says
    total = len(array)
    out(_ARRAY_HEADS[total] if total < 16 else u16(0xDC, total) if total < 65536 else count32(0xDD, total))
    try:
        for value in array:
            kind = type(value)
            if kind is str:
                data = value.encode()
                count = len(data)
                out(TEXT_HEADS[count] if count < 256 else text_head(count))
                out(data)
            elif kind is int:
                out(INTEGERS.get(value) or integer(value))
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


def _map(mapping: dict[Any, Any], out: Out, depth: int, sink: Sink) -> None:
    if depth > MAX_DEPTH:
        raise too_deep()
    items = list(mapping.items())  # as above
    count = len(items)
    out(_MAP_HEADS[count] if count < 16 else u16(0xDE, count) if count < 65536 else count32(0xDF, count))
    keys = _keys
    try:
        for key, value in items:
            out((keys.get(key) if type(key) is str else None) or _key(key))
            kind = type(value)
            if kind is str:
                data = value.encode()
                count = len(data)
                out(TEXT_HEADS[count] if count < 256 else text_head(count))
                out(data)
            elif kind is int:
                out(INTEGERS.get(value) or integer(value))
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
            CodecError(
                "non_string_key",
                "a key of type %s; send {str(key): item for key, item in value.items()}" % type(key).__name__,
            )
        )
    try:
        data = str.encode(key)
    except UnicodeEncodeError as error:
        raise _BadKey(_refusal(error)) from None
    encoded = (TEXT_HEADS[len(data)] if len(data) < 256 else text_head(len(data))) + data
    if len(data) <= _LONGEST_KEY and type(key) is str:
        if len(_keys) >= _MOST_KEYS:
            _keys.clear()
        _keys[key] = encoded
    return encoded


def _refusal(error: ValueError) -> CodecError:
    if isinstance(error, CodecError):
        return error
    return CodecError(
        "invalid_text",
        "text with a lone surrogate, which UTF-8 can't carry; send value.encode('utf-8', 'surrogatepass')",
    )
