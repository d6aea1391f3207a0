"""Finds the hooks of a plugin: methods through which the data of the application's events passes."""

from __future__ import annotations

from .._codec.text import represented
from .functions import innermost, is_hinted, needs_event_loop
from .parameters import Parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional, TypeVar, Union

    from .host import Plugin

    Function = TypeVar("Function", bound=Callable[..., Any])

_MARK = "_bulkhead_hooks"
_TAKES_ANY_POSITION = 0x04
_MODES = ("transform", "audit", "notify")
_POLICIES = ("fail", "skip", "disable")
_LONGEST_SECONDS = (2**31 - 1) / 1000


class Veto(Exception):
    """Raised by a hook: stops the chain there, for the reason given."""


Veto.__module__ = "plugin_sdk"


def hook(
    event: str,
    *,
    priority: float = 50,
    mode: str = "transform",
    before: Union[str, Sequence[str]] = (),
    after: Union[str, Sequence[str]] = (),
    timeout: Optional[float] = None,
    on_error: str = "fail",
) -> Callable[[Function], Function]:
    """Passes the data of an event through a method, which returns the new data.

    Higher `priority` goes first; `before` and `after` name plugins or hooks. `mode`: `transform` returns the new data, `audit`
    only looks and may raise `Veto`, and the host does not wait for `notify`. `timeout` is in seconds. `on_error` says what
    a failure means: the chain fails (`fail`), goes on without it (`skip`), or without it from then on (`disable`).
    """
    if not isinstance(event, str) or not event:
        raise TypeError('@hook needs the name of its event: @hook("pre_process")')
    if type(priority) not in (int, float) or not -1e300 < priority < 1e300:
        raise TypeError("@hook(priority=...) takes a number, not %s" % represented(priority))
    if timeout is not None and (type(timeout) not in (int, float) or not 0 < timeout <= _LONGEST_SECONDS):
        raise ValueError("@hook(timeout=...) takes a number of seconds over 0, not %s" % represented(timeout))
    said = {
        "event": event,
        "priority": priority,
        "mode": _one_of("mode", mode, _MODES),
        "before": _names("before", before),
        "after": _names("after", after),
        "timeout": None if timeout is None else timeout * 1000,
        "on_error": _one_of("on_error", on_error, _POLICIES),
    }
    return lambda function: _mark(function, said)


def _mark(function: Any, said: dict[str, Any]) -> Any:
    inner = getattr(function, "__func__", function)  # of a staticmethod or classmethod
    if not callable(inner) or isinstance(inner, type):
        raise TypeError("@hook goes on a method")
    before = vars(inner).get(_MARK, ())
    if any(other["event"] == said["event"] for other in before):
        raise ValueError("%s is a hook of %r already" % (inner.__name__, said["event"]))
    setattr(inner, _MARK, (said, *before))  # decorators are applied from below
    return function


def _one_of(argument: str, value: Any, known: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise ValueError("@hook(%s=...) takes %s, not %s" % (argument, ", ".join(map(repr, known)), represented(value)))


def _names(argument: str, names: Any) -> list[str]:
    listed = [names] if isinstance(names, str) else names
    if isinstance(listed, (list, tuple)) and all(isinstance(name, str) and name for name in listed):
        return list(listed)
    raise TypeError("@hook(%s=...) takes names of plugins or hooks, not %s" % (argument, represented(names)))


class Hook:
    __slots__ = ("call", "description", "is_transform", "needs_event_loop", "problems")

    def __init__(self, method: Callable[[Any], Any], description: dict[str, Any], owner: type) -> None:
        self.call = method
        # Why its hint promises nothing.
        self.problems: list[str] = []
        if is_hinted(innermost(method)):
            from .hinted import takes_value

            self.call, _, self.problems = takes_value(method, owner)
        # The form that READY has.
        self.description = description
        self.needs_event_loop = needs_event_loop(innermost(method))
        self.is_transform = description["mode"] == "transform"


def collect_hooks(plugin: Plugin) -> list[Hook]:
    """Every hook of `plugin`, those of base classes first, each class in the order in which it is written."""
    hooks = []
    for name, marks in _marked(type(plugin)).items():
        method = getattr(plugin, name)
        if not callable(method):
            continue
        _check_parameters(name, method)
        hooks += [Hook(method, {**said, "name": name}, type(plugin)) for said in marks]
    return hooks


def _marked(cls: type) -> dict[str, Any]:
    """An overriding method need not say @hook again; if it does, its own @hook counts."""
    found: dict[str, Any] = {}
    for ancestor in reversed(cls.__mro__):
        for attribute, value in vars(ancestor).items():
            marks = getattr(getattr(value, "__func__", value), _MARK, None)
            if isinstance(marks, tuple):
                found[attribute] = marks
    return found


def _check_parameters(name: str, method: Any) -> None:
    function = innermost(method)
    code = getattr(function, "__code__", None)
    if code is None:
        return
    parameters = Parameters(function, hasattr(method, "__self__"))
    positional = [parameter for parameter in parameters.names if parameter not in parameters.keyword_only]
    takes_data = bool(positional) or bool(code.co_flags & _TAKES_ANY_POSITION)
    if not takes_data or not set(parameters.required) <= set(positional[:1]):
        raise TypeError("hook %r has to take one argument, the data" % name)
