"""Makes of an input what the hints of a method promise. Imported when a plugin has a hint, or an action with parameters."""

from __future__ import annotations

from .._hints.hint import ANYTHING, Unfit, fitted
from .arguments import caller_of
from .functions import innermost
from .parameters import Parameters
from .schema import Reader, schema_of_parameters, with_definitions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .._hints.hint import Take

    # How to call the method, JSON Schema of what it takes, and what is wrong with its hints.
    Hinted = tuple[Callable[[Any], Any], dict[str, Any], list[str]]


def takes_value(method: Any, owner: type, fit: Callable[[Take, Any], Any] = fitted) -> Hinted:
    """A method that takes one value: called with what its hint makes of that."""
    function = innermost(method)
    names = Parameters(function, hasattr(method, "__self__")).names if hasattr(function, "__code__") else ()
    reader = Reader(function, owner)
    hint = reader.hint(names[0]) if names else ANYTHING
    call = method if hint.take is None else _taking(method, hint.take, fit)
    return call, with_definitions(hint.schema, reader.definitions), reader.problems


def takes_input(method: Any, owner: type) -> Hinted:
    """`execute`, which takes the whole input."""
    return takes_value(method, owner, _fitted_or_empty)


def takes_keywords(name: str, method: Any, owner: type) -> Hinted:
    """An action whose parameters are the keys of its input."""
    function = innermost(method)
    parameters = Parameters(function, hasattr(method, "__self__"))
    reader = Reader(function, owner)
    hints = {parameter: reader.hint(parameter) for parameter in parameters.names}
    for parameter, default in parameters.defaults.items():
        if default is None:
            hints[parameter] = reader.optional(hints[parameter])
    rest = ANYTHING if parameters.rest is None else reader.hint(parameters.rest)
    schema = schema_of_parameters(parameters, hints, rest, reader.definitions)
    return caller_of(name, method, parameters, hints, rest), schema, reader.problems


def takes_configuration(method: Any, owner: type) -> Callable[[Any], Any]:
    """`initialize`. Raises ValueError if the configuration does not fit."""
    call, _, _ = takes_value(method, owner)

    def checked(configuration: Any) -> Any:
        try:
            return call(configuration)
        except Unfit as refusal:
            raise ValueError("the plugin's config does not fit the hint of initialize: %s" % refusal) from None

    return checked


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
