"""Finds the actions of a plugin."""

from __future__ import annotations

from .._wire.frames import HOOKS_ACTION
from .functions import gets_all, innermost, is_generator, is_hinted, needs_event_loop, takes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional, TypeVar, Union, overload

    from .cached import CacheSettings
    from .examples import Example
    from .host import Plugin

    Function = TypeVar("Function", bound=Callable[..., Any])
else:

    def overload(function):
        return function


_MARK = "_bulkhead_action"
_IDEMPOTENT = "_bulkhead_idempotent"
_CACHE = "_bulkhead_cache"
_EXAMPLES = "_bulkhead_examples"
# With how many values.
_CALLED_BY_SDK = {"execute": 1, "initialize": 1, "cleanup": 0, "get_metadata": 0}
_BEGINNINGS = {name[:2]: name for name in _CALLED_BY_SDK}
# Until its first call has ended an action counts as slow.
_UNKNOWN_COST_SECONDS = 1.0


@overload
def action(function: Function) -> Function: ...
@overload
def action(  # noqa: F811
    *,
    name: Optional[str] = None,
    idempotent: bool = False,
    cache: Union[bool, CacheSettings] = False,
    examples: Sequence[Example] = (),
) -> Callable[[Function], Function]: ...
def action(  # noqa: F811
    function: Any = None,
    *,
    name: Optional[str] = None,
    idempotent: bool = False,
    cache: Union[bool, CacheSettings] = False,
    examples: Sequence[Example] = (),
) -> Any:
    """Makes a method callable by the host, under its own name or `name`.

    The keys of the input become keyword arguments. A method with exactly one parameter takes an input that is not a
    mapping as it is. `idempotent` says that running it twice does no harm: if the process ends during a call,
    the host runs the call once more in another. `cache` says that it is pure: equal inputs give equal answers, and a call
    changes nothing. The host may then keep its answers. A mapping limits that: `ttl` (seconds), `max_entries`, `max_bytes`.
    `examples` are calls that anybody may make, each as `{"input": …}`, with `"output"` where the answer is always the same: people are
    shown them, and `bulkhead verify` makes them.
    """
    said: dict[str, Any] = {_IDEMPOTENT: True} if idempotent else {}
    if cache is not False:
        from .cached import cache_description

        kept = cache_description(cache)
        if kept is not None:
            said[_CACHE] = kept
    if examples != ():
        from .examples import example_descriptions

        said[_EXAMPLES] = example_descriptions(examples)
    if function is None:
        return lambda decorated: _mark(decorated, name, said)
    return _mark(function, name, said)


def _mark(function: Any, name: Optional[str], said: dict[str, Any]) -> Any:
    inner = getattr(function, "__func__", function)  # of a staticmethod or classmethod
    if not callable(inner):
        raise TypeError("@action goes on a method, or is given its name as @action(name=...)")
    if name is not None and name.startswith("@"):
        raise ValueError("the name of an action can't begin with @, as %r does: those are Bulkhead's own" % name)
    setattr(inner, _MARK, name or inner.__name__)
    for attribute, value in said.items():
        setattr(inner, attribute, value)
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
    """Every action of `plugin`, `execute` first. `base` is the class whose own methods do not count. Raises Miswritten."""
    cls = type(plugin)
    mistakes = _mistakes_in_methods(plugin, base)
    actions = {}
    if getattr(plugin.execute, "__func__", None) is not base.execute:  # type: ignore[attr-defined]
        actions["execute"] = _execute_of(plugin.execute, cls)
    for attribute, name in _marked(cls).items():
        if attribute == "execute" and name == "execute":
            continue
        method = getattr(plugin, attribute)
        if not callable(method):
            continue
        if name in actions or attribute in _CALLED_BY_SDK or not gets_all(method):
            mistakes.append(_mistake_of_action(attribute, name, method, name in actions))
        else:
            actions[name] = _marked_action(name, method, cls)
    if mistakes:
        from .mistakes import Miswritten

        raise Miswritten(mistakes)
    return actions


def _mistakes_in_methods(plugin: Plugin, base: type) -> list[dict[str, Any]]:
    """Of those that the SDK calls: they can't be called as it does, or their names are misspelt."""
    found = []
    for name, count in _CALLED_BY_SDK.items():
        method = getattr(plugin, name)
        if getattr(method, "__func__", None) is not getattr(base, name, None) and not takes(method, count):
            from .mistakes import wrong_parameters

            found.append(wrong_parameters(name, method))
    if any(map(_looks_misspelt, (name for each in type(plugin).__mro__ if each is not base for name in vars(each)))):
        from .mistakes import meant_otherwise

        found += meant_otherwise(type(plugin), base, False)
    return found


def _looks_misspelt(name: str) -> bool:
    """Roughly: it is asked of each name at each start."""
    meant = _BEGINNINGS.get(name[:2])
    return meant is not None and name != meant and name[-1] == meant[-1] and abs(len(name) - len(meant)) <= 2


def _mistake_of_action(attribute: str, name: str, method: Any, is_second: bool) -> dict[str, Any]:
    from .mistakes import reserved_name, two_actions, wrong_action

    if attribute in _CALLED_BY_SDK:
        return reserved_name(attribute, method)
    return two_actions(name, method) if is_second else wrong_action(method)


def _marked(cls: type) -> dict[str, str]:
    """Attribute to action name. A subclass that overrides the method need not say @action again."""
    found: dict[str, str] = {}
    for ancestor in reversed(cls.__mro__):
        for attribute, value in vars(ancestor).items():
            name = getattr(getattr(value, "__func__", value), _MARK, None)
            if isinstance(name, str):
                found[attribute] = name
    return found


def _execute_of(method: Any, owner: type) -> Action:
    function = innermost(method)
    description = _describe(method, function, owner)
    if not is_hinted(function):
        return Action(method, description, needs_event_loop(function))
    from .hinted import takes_input

    call, schema, problems = takes_input(method, owner)
    if schema:
        description["input"] = schema
    return Action(call, description, needs_event_loop(function), problems)


def _marked_action(name: str, method: Any, owner: type) -> Action:
    function = innermost(method)
    description = _describe(method, function, owner)
    if not hasattr(function, "__code__"):
        return Action(method, description, False)
    from .hinted import takes_keywords

    call, description["input"], problems = takes_keywords(name, method, owner)
    return Action(call, description, needs_event_loop(function), problems)


def initialize(plugin: Plugin, base: type, configuration: Any) -> Any:
    """Runs `initialize` with what its hint makes of the configuration. `base` is the class whose own does nothing."""
    method: Callable[[Any], Any] = plugin.initialize
    if getattr(method, "__func__", None) is base.initialize:  # type: ignore[attr-defined]
        return None
    if is_hinted(innermost(method)):
        from .hinted import takes_configuration

        method = takes_configuration(method, type(plugin))
    return method(configuration)


def _describe(method: Any, function: Any, owner: type) -> dict[str, Any]:
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
    examples = getattr(inner, _EXAMPLES, None)
    if isinstance(examples, list) and examples:
        described["examples"] = examples
    if is_generator(function):
        described["stream"] = True
    if is_hinted(function, "return"):
        from .output import describe_output

        describe_output(described, function, owner)
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


def names_of(actions: dict[str, Action]) -> list[str]:
    """All but Bulkhead's own."""
    return [name for name in actions if name != HOOKS_ACTION]
