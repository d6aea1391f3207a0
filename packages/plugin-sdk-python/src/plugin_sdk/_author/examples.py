"""Reads the calls that an action shows as examples. Imported when an action has some."""

from __future__ import annotations

from .._codec.codec import CodecError, encode
from .._codec.text import represented

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping

    Example = Mapping[str, Any]

_FORM = 'examples takes a list of calls such as [{"input": {"name": "Ada"}, "output": "Hello, Ada!"}]'
_MOST = 1000


def example_descriptions(examples: Any) -> list[dict[str, Any]]:
    """The form that READY has. Raises TypeError for another, and ValueError for what can't be sent."""
    if isinstance(examples, (str, bytes)) or not hasattr(examples, "__iter__") or hasattr(examples, "keys"):
        raise TypeError("%s, not %s" % (_FORM, represented(examples)))
    calls = list(examples)
    if len(calls) > _MOST:
        raise ValueError("an action has at most %d examples, not %d" % (_MOST, len(calls)))
    return [_described(example) for example in calls]


def _described(example: Any) -> dict[str, Any]:
    try:
        parts = dict(example)
    except (TypeError, ValueError):
        raise TypeError("%s, not %s" % (_FORM, represented(example))) from None
    unknown = [name for name in parts if name not in ("input", "output")]
    if unknown or "input" not in parts:
        what = "has no input" if "input" not in parts else "has %s beside" % represented(unknown[0])
        raise TypeError("%s; %s %s" % (_FORM, represented(example), what))
    try:
        encode(parts)
    except CodecError as error:
        raise ValueError("an example of an action can't be sent: %s" % error) from None
    return parts
