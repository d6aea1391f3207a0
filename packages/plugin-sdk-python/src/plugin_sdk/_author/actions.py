"""Finds the actions of a plugin."""

from __future__ import annotations

from .._hints.hint import ANYTHING, Unfit, fitted
from .._wire.frames import HOOKS_ACTION
from .arguments import caller_of
from .parameters import Parameters
from .schema import Reader, schema_of_parameters, with_definitions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, TypeVar, Union, overload

    from .._hints.hint import Take
    from .cached import CacheSettings
    from .host import Plugin

    Function = TypeVar("Function", bound=Callable[..., Any])
else:

    def overload(function):
        return function


_MARK = "_bulkhead_action"
_IDEMPOTENT = "_bulkhead_idempotent"
_CACHE = "_bulkhead_cache"
# Flags of a coroutine or an asynchronous generator.
_NEEDS_EVENT_LOOP = 0x280
# Until its first call has ended an action counts as slow.
_UNKNOWN_COST_SECONDS = 1.0


@overload
def action(function: Function) -> Function: ...
@overload
def action(  # noqa: F811
    *, name: Optional[str] = None, idempotent: bool = False, cache: Union[bool, CacheSettings] = False
) -> Callable[[Function], Function]: ...
def action(  # noqa: F811
    function: Any = None,
    *,
    name: Optional[str] = None,
    idempotent: bool = False,
    cache: Union[bool, CacheSettings] = False,
) -> Any:
    """Makes a method callable by the host, under its own name or `name`.

    The keys of the input become keyword arguments. A method with exactly one parameter takes an input that is not a
    mapping as it is. `idempotent` says that running it twice does no harm: if the process ends during a call,
    the host runs the call once more in another. `cache` says that it is pure: equal inputs give equal answers, and a call
    changes nothing. The host may then keep its answers. A mapping limits that: `ttl` (seconds), `max_entries`, `max_bytes`.
    """
    kept = None
    if cache is not False:
        from .cached import cache_description

        kept = cache_description(cache)
    if function is None:
        return lambda decorated: _mark(decorated, name, idempotent, kept)
    return _mark(function, name, idempotent, kept)


def _mark(function: Any, name: Optional[str], idempotent: bool, cache: Optional[dict[str, float]]) -> Any:
    inner = getattr(function, "__func__", function)  # of a staticmethod or classmethod
    if not callable(inner):
        raise TypeError("@action goes on a method, or is given its name as @action(name=...)")
    if name is not None and name.startswith("@"):
        raise ValueError("the name of an action can't begin with @, as %r does: those are Bulkhead's own" % name)
    setattr(inner, _MARK, name or inner.__name__)
    if idempotent:
        setattr(inner, _IDEMPOTENT, True)
    if cache is not None:
        setattr(inner, _CACHE, cache)
    return function


class Action:
    __slots__ = ("call", "cost", "description", "needs_event_loop", "problems")

    def __init__(
        self,
        call: Callable[[Any], Any],
        description: dict[str, Any],
        needs_event_loop: bool,
        problems: list[str] = [],  # noqa: B006
    ) -> None:
        self.call = call
        self.description = description
        self.needs_event_loop = needs_event_loop
        # Why some of its hints promise nothing.
        self.problems = problems
        # Decaying maximum of the time its calls took, in seconds.
        self.cost = _UNKNOWN_COST_SECONDS

    def took(self, seconds: float) -> None:
        cost = self.cost
        self.cost = seconds if seconds > cost or cost == _UNKNOWN_COST_SECONDS else cost * 0.9 + seconds * 0.1


def collect(plugin: Plugin, base: type) -> dict[str, Action]:
    """Every action of `plugin`, `execute` first. `base` is the class whose own `execute` does not count."""
    actions = {}
    if getattr(plugin.execute, "__func__", None) is not base.execute:  # type: ignore[attr-defined]
        actions["execute"] = _bind_execute(plugin.execute, type(plugin))
    for attribute, name in _marked(type(plugin)).items():
        if attribute == "execute" and name == "execute":
            continue
        if name in actions:
            raise TypeError("%s has two actions named %r" % (type(plugin).__qualname__, name))
        method = getattr(plugin, attribute)
        if callable(method):
            actions[name] = _bind(name, method, type(plugin))
    return actions


def _marked(cls: type) -> dict[str, str]:
    """Attribute to action name. A subclass that overrides the method need not say @action again."""
    found: dict[str, str] = {}
    for ancestor in reversed(cls.__mro__):
        for attribute, value in vars(ancestor).items():
            name = getattr(getattr(value, "__func__", value), _MARK, None)
            if isinstance(name, str):
                found[attribute] = name
    return found


def _bind_execute(method: Any, owner: type) -> Action:
    description = _describe(method)
    call, schema, problems = first_hinted(method, owner, _fitted_or_empty)
    if schema:
        description["input"] = schema
    return Action(call, description, needs_event_loop(innermost(method)), problems)


def first_hinted(
    method: Any, owner: type, fit: Callable[[Take, Any], Any] = fitted
) -> tuple[Callable[[Any], Any], dict[str, Any], list[str]]:
    """A method that takes one value: called with what its hint makes of that. The schema of the value, and what is wrong with the hint."""
    function = innermost(method)
    names = Parameters(function, hasattr(method, "__self__")).names if hasattr(function, "__code__") else ()
    reader = Reader(function, owner)
    hint = reader.hint(names[0]) if names else ANYTHING
    call = method if hint.take is None else _taking(method, hint.take, fit)
    return call, with_definitions(hint.schema, reader.definitions), reader.problems


def _taking(method: Callable[..., Any], take: Take, fit: Callable[[Take, Any], Any]) -> Callable[[Any], Any]:
    return lambda value: method(fit(take, value))


def _fitted_or_empty(take: Take, value: Any) -> Any:
    """A call without an input is one with an empty mapping, where that is what the hint asks for."""
    try:
        return fitted(take, value)
    except Unfit as refusal:
        if value is not None:
            raise
        try:
            return fitted(take, {})
        except Unfit as missing:
            raise refusal if missing.path == "$" else missing from None


def initialize(plugin: Plugin, base: type, configuration: Any) -> Any:
    """Runs `initialize` with what its hint makes of the configuration. `base` is the class whose own does nothing."""
    method = plugin.initialize
    if getattr(method, "__func__", None) is base.initialize:  # type: ignore[attr-defined]
        return None
    call, _, _ = first_hinted(method, type(plugin))
    try:
        return call(configuration)
    except Unfit as refusal:
        raise ValueError("the plugin's config does not fit the hint of initialize: %s" % refusal) from None


def _bind(name: str, method: Any, owner: type) -> Action:
    function = innermost(method)
    description = _describe(method)
    if not hasattr(function, "__code__"):
        return Action(method, description, False)
    parameters = Parameters(function, hasattr(method, "__self__"))
    reader = Reader(function, owner)
    hints = {parameter: reader.hint(parameter) for parameter in parameters.names}
    for parameter, default in parameters.defaults.items():
        if default is None:
            hints[parameter] = reader.optional(hints[parameter])
    rest = ANYTHING if parameters.rest is None else reader.hint(parameters.rest)
    description["input"] = schema_of_parameters(parameters, hints, rest, reader.definitions)
    call = caller_of(name, method, parameters, hints, rest)
    return Action(call, description, needs_event_loop(function), reader.problems)


def _describe(method: Any) -> dict[str, Any]:
    described: dict[str, Any] = {}
    summary = _first_paragraph(getattr(method, "__doc__", None))
    if summary:
        described["description"] = summary
    # An overriding method does not inherit these: it may do something else.
    inner = getattr(method, "__func__", method)
    if getattr(inner, _IDEMPOTENT, False) is True:
        described["idempotent"] = True
    cache = getattr(inner, _CACHE, None)
    if isinstance(cache, dict):
        described["cache"] = cache
    return described


def _first_paragraph(documentation: Any) -> str:
    if not isinstance(documentation, str):
        return ""
    lines: list[str] = []
    for line in documentation.strip().splitlines():
        if not line.strip():
            break
        lines.append(line.strip())
    return " ".join(lines)


def innermost(method: Any) -> Any:
    """The function behind decorators made with `functools.wraps`, which has the real parameters."""
    function = getattr(method, "__func__", method)
    for _ in range(32):
        if not hasattr(function, "__wrapped__"):
            break
        function = function.__wrapped__
    return function


def names_of(actions: dict[str, Action]) -> list[str]:
    """All but Bulkhead's own."""
    return [name for name in actions if name != HOOKS_ACTION]


def needs_event_loop(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & _NEEDS_EVENT_LOOP)
