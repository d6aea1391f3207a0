"""Hints that list their values: Literal, Enum."""

from __future__ import annotations

from .._codec.plain_form import form_of_member
from .hint import Hint, one_of, unfit
from .plain import WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_NO_MEMBER = object()
# A caller in JavaScript can't tell 1.0 from 1.
_OTHER_NUMBER: dict[type, type] = {int: float, float: int}


def literal(options: Iterable[Any]) -> Hint:
    return _listed({_form(option): option for option in options})


def enum_of(cls: Any) -> Hint:
    """A member, by the form in which the codec sends it: its value, or its name where the value is nothing simple."""
    if hasattr(cls, "__or__") and any(base.__name__ == "Flag" for base in cls.__mro__):
        return Hint({"type": "integer"}, lambda value: _flags(cls, value), (cls,))
    members = {_form(member): member for member in cls.__members__.values()}
    types = {kind for kind, _ in members}

    def other(value: Any) -> Any:
        # A class with a `_missing_` of its own takes more.
        if type(value) in types:
            try:
                return cls(value)
            except Exception:
                pass
        return _NO_MEMBER

    takes_more = any("_missing_" in vars(base) for base in cls.__mro__ if base.__module__ != "enum")
    return _listed(members, other, "examples" if takes_more else "enum")


def _listed(options: dict[tuple[type, Any], Any], other: Any = None, keyword: str = "enum") -> Hint:
    """Told apart by type, too: True is no 1."""
    forms = [form for _, form in options]

    def take(value: Any) -> Any:
        try:
            found = options.get((type(value), value), _NO_MEMBER)
            if found is _NO_MEMBER and type(value) in _OTHER_NUMBER:
                found = options.get((_OTHER_NUMBER[type(value)], value), _NO_MEMBER)
        except TypeError:  # a list or a dict
            found = _NO_MEMBER
        if found is _NO_MEMBER and other is not None:
            found = other(value)
        if found is _NO_MEMBER:
            raise unfit(value, one_of(forms))
        return found

    return Hint({keyword: forms}, take)


def _form(option: Any) -> tuple[type, Any]:
    form = form_of_member(option) if hasattr(type(option), "__members__") else option
    return type(form), form


def _flags(cls: Any, value: Any) -> Any:
    try:
        return cls(WHOLE.take(value))  # type: ignore[misc]
    except ValueError:
        raise unfit(value, "a combination of the flags of %s" % cls.__name__) from None
