"""Hints that may stand inside themselves: classes, and names of unions."""

from __future__ import annotations

from .hint import Hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Any, Callable

    from .hint import Schema


class Definitions:
    def __init__(self) -> None:
        # Of JSON Schema: what is used in several places, or inside itself.
        self.schemas: Schema = {}
        self._owners: dict[str, Hashable] = {}
        self._made: dict[Hashable, Hint] = {}
        # Those that are being made, and their hints inside themselves.
        self._open: dict[Hashable, list[Hint]] = {}

    def once(self, key: Hashable, name: str, make: Callable[[], Hint]) -> Hint:
        """What `make` gives for `key`, also if `make` asks for the same again."""
        if key in self._made:
            return self._made[key]
        if key in self._open:
            inner = Hint({"$ref": "#/$defs/%s" % self._name_of(key, name)}, lambda value: self._take(key, value))
            self._open[key].append(inner)
            return inner
        self._open[key] = []
        try:
            found = make()
        finally:
            is_inside_itself = bool(self._open.pop(key))
        if is_inside_itself:
            place = self._name_of(key, name)
            self.schemas[place] = found.schema
            found = Hint({"$ref": "#/$defs/%s" % place}, found.take, found.exact, found.is_new)
        self._made[key] = found
        return found

    def _take(self, key: Hashable, value: Any) -> Any:
        hint = self._made[key]
        return value if hint.take is None or type(value) in hint.exact else hint.take(value)

    def _name_of(self, key: Hashable, name: str) -> str:
        """Of its own, also where two modules have a class of the same name."""
        while self._owners.setdefault(name, key) != key:
            name += "_"
        return name
