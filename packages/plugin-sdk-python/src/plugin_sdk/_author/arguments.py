"""Turns an input into the arguments of an action."""

from __future__ import annotations

from .._calls.answers import InputRejected
from .._calls.input_streams import InputStream
from .._hints.hint import Unfit, fitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .._hints.hint import Hint, Take
    from .parameters import Parameters


def caller_of(
    name: str, method: Callable[..., Any], parameters: Parameters, hints: dict[str, Hint], rest: Hint
) -> Callable[[Any], Any]:
    """Calls the method with the keys of an input as its arguments, each made what its hint promises. Raises InputRejected."""
    known = frozenset(parameters.names)
    required = frozenset(parameters.required)
    takes_any_key = parameters.takes_any_key
    positional_only = parameters.positional_only
    takes_value = len(parameters.names) == 1
    checks = [(parameter, hint.exact, hint.take) for parameter, hint in hints.items() if hint.take is not None]
    take_rest = rest.take

    def call(value: Any) -> Any:
        if type(value) is not dict:
            if value is None and not required:
                value = {}
            elif not takes_value:
                raise InputRejected(_explain(name, parameters, "got %s" % type(value).__name__))
            else:
                take = hints[parameters.names[0]].take
                taken = value if take is None else fitted(take, value)
                return method(**{parameters.names[0]: taken}) if parameters.keyword_only else method(taken)
        keys = value.keys()
        if not (required <= keys and (takes_any_key or keys <= known)):
            raise InputRejected(_explain(name, parameters, _mismatch(parameters, value)))
        for parameter, exact, take in checks:
            given = value.get(parameter)
            if type(given) not in exact and parameter in value:
                value[parameter] = _taken(parameter, given, take)
        if take_rest is not None:
            for key in keys - known:
                value[key] = _taken(key, value[key], take_rest)
        if not positional_only:
            return method(**value)
        return method(*_take_positional(name, parameters, value), **value)

    return call


def _taken(parameter: str, given: Any, take: Take) -> Any:
    try:
        taken = fitted(take, given)
    except Unfit as refusal:
        raise refusal.at(parameter) from None
    if type(taken) is InputStream:
        from .._hints.containers import place_stream

        place_stream(taken, parameter)
    return taken


def _take_positional(name: str, parameters: Parameters, value: dict[str, Any]) -> list[Any]:
    """Removes the positional-only ones from `value`. If one is missing, those behind it must be missing too."""
    arguments = []
    for parameter in parameters.positional_only:
        if parameter not in value:
            break
        arguments.append(value.pop(parameter))
    if any(parameter in value for parameter in parameters.positional_only):
        raise InputRejected(_explain(name, parameters, "one before another that is given must be given too"))
    return arguments


def _mismatch(parameters: Parameters, value: dict[str, Any]) -> str:
    missing = [parameter for parameter in parameters.required if parameter not in value]
    unknown = [] if parameters.takes_any_key else [key for key in value if key not in parameters.names]
    said = []
    if missing:
        said.append("missing: %s" % ", ".join(missing))
    if unknown:
        said.append("unknown: %s" % ", ".join(unknown[:10]))
    return "; ".join(said)


def _explain(name: str, parameters: Parameters, problem: str) -> str:
    if not parameters.names:
        return "action %r takes no input; %s" % (name, problem)
    listed = ", ".join(
        parameter if parameter in parameters.required else "%s (optional)" % parameter for parameter in parameters.names
    )
    return "action %r takes a mapping with %s; %s" % (name, listed, problem)
