"""Where the names in a hint that is text are looked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


class Scope:
    __slots__ = ("names", "own", "owner")

    def __init__(self, names: dict[str, Any], owner: object = None, own: Optional[dict[str, Any]] = None) -> None:
        self.names = names
        # The class that the hint stands in, and its names.
        self.owner = owner
        self.own = own

    def value_of(self, text: str) -> Any:
        try:
            return eval(text, self.names)
        except NameError:
            if self.own is None:
                raise
            return eval(text, self.names, self.own)
