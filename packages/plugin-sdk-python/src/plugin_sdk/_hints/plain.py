"""The hints that most parameters have: text, numbers, booleans, bytes, None, a list or a mapping of anything."""

from __future__ import annotations

from .hint import ANYTHING, Hint, unfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise unfit(value, "text")


def _whole(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise unfit(value, "a whole number")


def _number(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    raise unfit(value, "a number")


def _truth(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise unfit(value, "true or false")


def _nothing(value: Any) -> None:
    if value is not None:
        raise unfit(value, "null")


def _bytes(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    raise unfit(value, "bytes")


def as_list(value: Any) -> list[Any]:
    if type(value) is list:
        return value
    # A typed array, as a numpy array or a memoryview.
    if hasattr(value, "tolist") and hasattr(value, "shape"):
        try:
            found = value.tolist()
        except (NotImplementedError, ValueError):
            found = None
        if type(found) is list:
            return found
    raise unfit(value, "a list")


def as_mapping(value: Any) -> dict[str, Any]:
    if type(value) is dict:
        return value
    raise unfit(value, "a mapping")


TEXT = Hint({"type": "string"}, _text, (str,))
WHOLE = Hint({"type": "integer"}, _whole, (int,))
# A caller in JavaScript can't tell 1.0 from 1.
NUMBER = Hint({"type": "number"}, _number, (float,))
TRUTH = Hint({"type": "boolean"}, _truth, (bool,))
NOTHING = Hint({"type": "null"}, _nothing, (type(None),))
BYTES = Hint({"format": "bytes"}, _bytes, (bytes,))

BY_CLASS: dict[Any, Hint] = {
    str: TEXT,
    int: WHOLE,
    float: NUMBER,
    bool: TRUTH,
    None: NOTHING,
    type(None): NOTHING,
    bytes: BYTES,
    bytearray: Hint(BYTES.schema, lambda value: bytearray(_bytes(value))),
    memoryview: Hint(BYTES.schema, lambda value: memoryview(_bytes(value)), (memoryview,)),
    list: Hint({"type": "array"}, as_list, (list,)),
    dict: Hint({"type": "object"}, as_mapping, (dict,)),
    object: ANYTHING,
}
BY_NAME = {"None" if kind is None else kind.__name__: hint for kind, hint in BY_CLASS.items()}
