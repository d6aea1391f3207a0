"""Memory for arrays that arrive. Fresh pages cost most of the time of large data, so memory is used again once only
this module holds it. An array, a view of it and an exported buffer all count as references to the array that owns it."""

from __future__ import annotations

import sys
from _weakref import getweakrefcount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The most that an idle plugin keeps.
_MOST_BYTES = 128 << 20
_MOST_ARRAYS = 4


def _references(kept: list[Any], index: int) -> int:
    return sys.getrefcount(kept[index])


# Measured, not written down: interpreters count a different number of references for the question itself.
_HELD_BY_NOBODY_ELSE = _references([bytearray()], 0)
# Without the interpreter's lock a count says nothing.
_COUNTS = sys.implementation.name == "cpython" and "t" not in getattr(sys, "abiflags", "")


class ArrayMemory:
    def __init__(self) -> None:
        self._kept: list[Any] = []

    def take(self, numpy: Any, length: int) -> Any:
        """An array of `length` bytes of any content, to which there is no other reference."""
        kept = self._kept
        for index in range(len(kept)):
            if len(kept[index]) == length and _references(kept, index) == _HELD_BY_NOBODY_ELSE:
                if not getweakrefcount(kept[index]):
                    kept.append(kept.pop(index))  # the last used array is given up last
                    return kept[-1]
        array = numpy.empty(length, "u1")
        if _COUNTS and length <= _MOST_BYTES:
            kept.append(array)
            while len(kept) > _MOST_ARRAYS or sum(map(len, kept)) > _MOST_BYTES:
                del kept[0]
        return array
