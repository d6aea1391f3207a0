"""Iterators of a test that a plugin reads as streams."""

from __future__ import annotations

from .._calls.input_streams import InputStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

# What `Source.next` answers once it is over.
NOTHING = object()


def without_sources(value: Any) -> tuple[Any, list[Optional[str]], list[Source]]:
    """The input without its streams, their places as CALL names them, and they themselves: the input is one, or values of keys of it."""
    if is_source(value):
        return None, [None], [Source(value)]
    if not isinstance(value, dict):
        return value, [], []
    places: list[Optional[str]] = [key for key, item in value.items() if is_source(item)]
    rest = {key: None if key in places else item for key, item in value.items()}
    return rest, places, [Source(value[key]) for key in places]


def is_source(value: Any) -> bool:
    return isinstance(value, InputStream) or (hasattr(value, "__next__") and hasattr(value, "__iter__"))


class Source:
    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator
        self.is_over = False
        # Whether the plugin knows that it is over.
        self.is_told = False

    def next(self) -> Any:
        if self.is_over:
            return NOTHING
        item = next(self._iterator, NOTHING)
        self.is_over = item is NOTHING
        return item

    def close(self) -> None:
        if not self.is_over and hasattr(self._iterator, "close"):
            self._iterator.close()
        self.is_over = self.is_told = True
