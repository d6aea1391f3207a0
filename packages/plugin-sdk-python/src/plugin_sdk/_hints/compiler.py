"""Reads hints: objects, or the text of one. Imported when a plugin has one that is more than a plain class."""

from __future__ import annotations

import sys

from .containers import list_of, mapping_of, stream_of, tuple_of
from .definitions import Definitions
from .hint import ANYTHING, Hint
from .plain import BY_CLASS, BY_NAME, TEXT
from .scope import Scope
from .unions import any_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Optional

    from .classes import Classes

_LISTS = frozenset(("list", "Sequence", "MutableSequence", "Collection", "Reversible", "Container"))
_SETS = {"set": set, "frozenset": frozenset, "Set": frozenset, "MutableSet": set}
_MAPPINGS = frozenset(("dict", "Mapping", "MutableMapping"))
_STREAMS = frozenset(("Iterator", "AsyncIterator", "AsyncIterable"))
# What stands around a hint and says nothing about its values.
_WRAPPERS = frozenset(("Required", "NotRequired", "ReadOnly", "Final", "ClassVar", "Annotated"))


class Compiler:
    def __init__(self, of_answer: bool = False) -> None:
        """`of_answer`: the schemas are of what crosses where a value of the hint is sent, not of what it takes."""
        self._of_answer = of_answer
        self.definitions = Definitions()
        # Why hints could not be read, which then allow anything.
        self.problems: list[str] = []
        self._classes: Optional[Classes] = None

    def hint(self, hint: Any, scope: Scope) -> Hint:
        if isinstance(hint, str):
            return self._of_text(hint, scope)
        try:
            if hint in BY_CLASS:
                return BY_CLASS[hint]
        except TypeError:
            pass
        if isinstance(hint, type) and not hasattr(hint, "__args__"):
            return self._of_class(hint, (), scope)
        return self._of_form(hint, scope)

    def _of_text(self, text: str, scope: Scope) -> Hint:
        text = text.strip()
        if text in BY_NAME and text not in scope.names:
            return BY_NAME[text]
        try:
            value = scope.value_of(text)
        except Exception as error:
            return self._of_parts(text, scope, error)
        name = text if text.isidentifier() else "value"
        return self.definitions.once((text, id(scope.names), scope.owner), name, lambda: self.hint(value, scope))

    def _of_parts(self, text: str, scope: Scope, error: Exception) -> Hint:
        """Python 3.9 knows no `int | None`, and a name may exist for type checkers alone."""
        parts = _split(text, "|")
        if len(parts) > 1:
            return any_of([self.hint(part, scope) for part in parts])
        name, bracket, inside = text.partition("[")
        name = name.rpartition(".")[2]
        arguments = _split(inside[:-1], ",") if inside.endswith("]") else []
        if name in ("Optional", "Union") and arguments:
            return any_of([self.hint(each, scope) for each in [*arguments, *(["None"] if name == "Optional" else [])]])
        found = self._generic(name.lower() if name in ("List", "Dict", "Tuple", "Set") else name, arguments, scope)
        if found is not None:
            return found
        self.problems.append("%s can't be evaluated (%s)" % (text, error))
        return ANYTHING

    def _of_form(self, hint: Any, scope: Scope) -> Hint:
        name = type(hint).__name__
        arguments = getattr(hint, "__args__", ())
        origin = getattr(hint, "__origin__", None)
        union = getattr(sys.modules.get("typing"), "Union", None)
        if name in ("UnionType", "Union") or (origin is union and union is not None):
            return any_of([self.hint(each, scope) for each in arguments])
        if name == "ForwardRef":
            return self.hint(hint.__forward_arg__, scope)
        if hasattr(hint, "__supertype__"):  # NewType
            return self.hint(hint.__supertype__, scope)
        if name == "TypeAliasType":
            return self.definitions.once(hint, hint.__name__, lambda: self.hint(hint.__value__, scope))
        if name == "TypeVar":
            bound = hint.__bound__
            return any_of([self.hint(each, scope) for each in hint.__constraints__ or ([bound] if bound else [object])])
        form = getattr(origin if origin is not None else hint, "_name", None)
        if form == "Literal":
            from .choices import literal

            return literal(arguments)
        if form == "LiteralString":
            return TEXT
        if hasattr(hint, "__metadata__"):
            from .models import adapted_hint

            return adapted_hint(hint, self.definitions.schemas) or self.hint(origin, scope)
        if form in _WRAPPERS and arguments:
            return self.hint(arguments[0], scope)
        if not isinstance(origin, type):
            return ANYTHING
        return self._of_class(origin, [each for each in arguments if type(each).__name__ != "TypeVar"], scope)

    def _of_class(self, cls: Any, arguments: Sequence[Any], scope: Scope) -> Hint:
        if cls in BY_CLASS and not arguments:
            return BY_CLASS[cls]
        found = None
        if cls.__module__ in ("builtins", "collections.abc", "plugin_sdk"):
            found = self._generic(cls.__name__, arguments, scope)
        elif cls.__module__ == "collections":
            found = self._collection(cls, arguments, scope)
        return found or self._class(cls)

    def _class(self, cls: Any) -> Hint:
        if cls.__name__ == "Any" and cls.__module__ in ("typing", "typing_extensions"):
            return ANYTHING
        if self._classes is None:
            self._classes = self._new_classes()
        return self._classes.hint(cls)

    def _new_classes(self) -> Classes:
        if self._of_answer:
            from .answers import AnsweredClasses

            return AnsweredClasses(self.hint, self.definitions)
        from .classes import Classes

        return Classes(self.hint, self.definitions)

    def _generic(self, name: str, arguments: Sequence[Any], scope: Scope) -> Optional[Hint]:
        hints = [self.hint(each, scope) for each in arguments if each not in (Ellipsis, "...")]
        items = hints[0] if hints else ANYTHING
        if name in _LISTS:
            return list_of(items)
        if name in _SETS:
            return list_of(items, _SETS[name])
        if name in _MAPPINGS:
            return mapping_of(hints[0], hints[1]) if len(hints) == 2 else mapping_of(TEXT, ANYTHING)
        if name == "tuple":
            is_fixed = bool(arguments) and arguments[-1] not in (Ellipsis, "...") and arguments != ((),)
            return tuple_of(hints) if is_fixed else list_of(items, tuple)
        if name in _STREAMS or name == "InputStream":
            return stream_of(items)
        if self._of_answer:
            return self._of_unfinished(name, hints)
        return stream_of(items, must_be_stream=False) if name == "Iterable" else None

    def _of_unfinished(self, name: str, hints: Sequence[Hint]) -> Optional[Hint]:
        """What only an action returns, of which the answer is made."""
        if name in ("Generator", "AsyncGenerator"):
            return stream_of(hints[0] if hints else ANYTHING)
        if name in ("Coroutine", "Awaitable"):
            return hints[-1] if hints else ANYTHING
        if name == "Iterable":
            items = hints[0] if hints else ANYTHING
            return any_of([stream_of(items), list_of(items)])
        return None

    def _collection(self, cls: Any, arguments: Sequence[Any], scope: Scope) -> Optional[Hint]:
        hints = [self.hint(each, scope) for each in arguments]
        if cls.__name__ == "deque":
            return list_of(hints[0] if hints else ANYTHING, cls)
        if cls.__name__ in ("OrderedDict", "Counter", "defaultdict"):
            keys = hints[0] if hints else TEXT
            values = hints[1] if len(hints) == 2 else ANYTHING
            make = (lambda given: cls(None, given)) if cls.__name__ == "defaultdict" else cls
            return mapping_of(keys, values, make)
        return None


def _split(text: str, separator: str) -> list[str]:
    """Splits at separators outside brackets."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character in "[(":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == separator and not depth:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return parts
