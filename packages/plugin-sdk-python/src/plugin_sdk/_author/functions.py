"""What a function is, read off its code object: `inspect` costs every start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

# Flags of a coroutine or an asynchronous generator, and of generators of both kinds.
_NEEDS_EVENT_LOOP = 0x280
_IS_GENERATOR = 0x220
_TAKES_ANY_POSITION, _TAKES_ANY_KEY = 0x04, 0x08


def innermost(method: Any) -> Any:
    """The function behind decorators made with `functools.wraps`, which has the real parameters."""
    function = getattr(method, "__func__", method)
    for _ in range(32):
        if not hasattr(function, "__wrapped__"):
            break
        function = function.__wrapped__
    return function


def takes(method: Any, count: int) -> bool:
    """Whether it can be called with so many values, by place."""
    function = getattr(method, "__func__", method)
    code = getattr(function, "__code__", None)
    if code is None:
        return True
    given = count + (function is not method)
    if given < code.co_argcount - len(function.__defaults__ or ()):
        return False
    if code.co_kwonlyargcount > len(function.__kwdefaults__ or ()):
        return False
    return given <= code.co_argcount or bool(code.co_flags & _TAKES_ANY_POSITION)


def gets_all(method: Any) -> bool:
    """Whether all of its parameters get something when it is called by names."""
    function = getattr(method, "__func__", method)
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        return True
    if code.co_flags & (_TAKES_ANY_POSITION | _TAKES_ANY_KEY) == _TAKES_ANY_POSITION:
        return False
    # What is hinted is no self.
    return function is method or not code.co_argcount or code.co_varnames[0] not in annotations_of(function)


def needs_event_loop(function: Any) -> bool:
    return bool(_flags(function) & _NEEDS_EVENT_LOOP)


def is_generator(function: Any) -> bool:
    return bool(_flags(function) & _IS_GENERATOR)


def is_hinted(function: Any, name: Optional[str] = None) -> bool:
    """At all, or at `name`, which for what it returns is `return`."""
    annotations = annotations_of(function)
    return bool(annotations) if name is None else name in annotations


def annotations_of(function: Any) -> Any:
    try:
        return function.__annotations__
    except AttributeError:
        return {}
    except Exception:  # Python 3.14 evaluates them only now, and a name may exist for type checkers alone
        from annotationlib import Format, get_annotations  # type: ignore[import-not-found, unused-ignore]

        return get_annotations(function, format=Format.FORWARDREF)


def _flags(function: Any) -> int:
    return getattr(getattr(function, "__code__", None), "co_flags", 0)
