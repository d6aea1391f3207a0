"""Hints of numpy's classes. Without numpy there are none."""

from __future__ import annotations

import sys

from .hint import Hint, unfit
from .plain import NUMBER, TRUTH, WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

_SCALARS = {"i": WHOLE, "u": WHOLE, "f": NUMBER, "b": TRUTH}
_NUMBERS = "biuf"


def array_hint(cls: type) -> Optional[Hint]:
    """None if it is no class of numpy."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "ndarray"):
        return None
    if cls is numpy.ndarray:
        schema = {"type": "array", "format": "typed-array", "description": "a typed array, or numbers"}
        return Hint(schema, lambda value: _array(value, numpy), (cls,))
    if not issubclass(cls, numpy.generic) or cls.__module__ != "numpy":
        return None
    kind = _SCALARS.get(numpy.dtype(cls).kind)
    return None if kind is None else Hint(kind.schema, lambda value: _scalar(cls, kind, value), (cls,))


def _array(value: Any, numpy: Any) -> Any:
    if isinstance(value, numpy.ndarray):
        return value
    if type(value) in (list, memoryview):
        try:
            array = numpy.asarray(value)
        except Exception:  # lists of different lengths
            array = None
        if array is not None and array.dtype.kind in _NUMBERS:
            return array
    raise unfit(value, "an array of numbers")


def _scalar(cls: Any, kind: Hint, value: Any) -> Any:
    try:
        return cls(kind.take(value))  # type: ignore[misc]
    except OverflowError:
        raise unfit(value, "a number that fits into numpy.%s" % cls.__name__) from None
