"""What a function takes, read off its code object: `inspect` costs every start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

_TAKES_ANY_POSITION = 0x04
_TAKES_ANY_KEY = 0x08


class Parameters:
    """What a function takes by name."""

    __slots__ = ("defaults", "keyword_only", "names", "positional_only", "required", "rest", "takes_any_key")

    def __init__(self, function: Any, is_bound: bool) -> None:
        code = function.__code__
        count = code.co_argcount
        positional = code.co_varnames[:count]
        self.keyword_only = code.co_varnames[count : count + code.co_kwonlyargcount]
        first = 1 if is_bound and count else 0
        self.positional_only = positional[first : code.co_posonlyargcount]
        values = function.__defaults__ or ()
        self.defaults: dict[str, Any] = dict(zip(positional[count - len(values) :], values))
        self.defaults.update(function.__kwdefaults__ or {})
        self.names = positional[first:] + self.keyword_only
        self.required = tuple(name for name in self.names if name not in self.defaults)
        self.takes_any_key = bool(code.co_flags & _TAKES_ANY_KEY)
        behind = count + code.co_kwonlyargcount + bool(code.co_flags & _TAKES_ANY_POSITION)
        # The name of its `**rest`.
        self.rest: Optional[str] = code.co_varnames[behind] if self.takes_any_key else None
