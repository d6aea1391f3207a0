"""What the hints of an action promise: a check of each parameter, and the JSON Schema of its input.

Plain classes are read here. All else is read where it is first needed: it costs every start.
"""

from __future__ import annotations

from .._hints.hint import ANYTHING
from .._hints.plain import BY_CLASS, BY_NAME
from .functions import annotations_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .._hints.compiler import Compiler
    from .._hints.hint import Hint, Schema
    from .._hints.scope import Scope
    from .parameters import Parameters


# What the wire can hold.
_LARGEST = 1 << 63


class Reader:
    """Reads the hints of one function. One that can't be read allows anything, and is a problem."""

    def __init__(self, function: Any, owner: type, of_answer: bool = False) -> None:
        """`of_answer`: the schemas are of what crosses where a value of the hint is sent, not of what it takes."""
        self._of_answer = of_answer
        self._annotations = annotations_of(function)
        self._names = getattr(function, "__globals__", {})
        self._owner = owner
        self._compiler: Optional[Compiler] = None
        self._scope: Optional[Scope] = None
        self._problems: list[str] = []

    def hint(self, name: str) -> Hint:
        if name not in self._annotations:
            return ANYTHING
        annotation = self._annotations[name]
        try:
            if isinstance(annotation, type) and annotation in BY_CLASS:
                return BY_CLASS[annotation]
            if isinstance(annotation, str) and annotation in BY_NAME and annotation not in self._names:
                return BY_NAME[annotation]
            return self._compile(annotation)
        except Exception as error:  # hints are code of the plugin
            self._problems.append("the hint of %s can't be read (%s: %s)" % (name, type(error).__name__, error))
            return ANYTHING

    def optional(self, hint: Hint) -> Hint:
        """`row: Row = None` allows None, too."""
        if hint.take is None or type(None) in hint.exact:
            return hint
        from .._hints.unions import any_of

        return any_of([hint, BY_CLASS[None]])

    def _compile(self, annotation: Any) -> Hint:
        if self._compiler is None or self._scope is None:
            from .._hints.compiler import Compiler
            from .._hints.scope import Scope

            self._compiler = Compiler(self._of_answer)
            self._scope = Scope(self._names, self._owner, dict(vars(self._owner)))
        return self._compiler.hint(annotation, self._scope)

    @property
    def definitions(self) -> Schema:
        return {} if self._compiler is None else self._compiler.definitions.schemas

    @property
    def problems(self) -> list[str]:
        return self._problems + ([] if self._compiler is None else self._compiler.problems)


def schema_of_parameters(parameters: Parameters, hints: dict[str, Hint], rest: Hint, definitions: Schema) -> Schema:
    """An object with a property for each parameter; `rest` is the hint of what other keys hold."""
    properties = {}
    for name, hint in hints.items():
        schema = hint.schema
        if name in parameters.defaults and _is_plain(parameters.defaults[name]):
            schema = {**schema, "default": parameters.defaults[name]}
        properties[name] = schema
    schema = {"type": "object", "properties": properties}
    if parameters.required:
        schema["required"] = list(parameters.required)
    if not parameters.takes_any_key:
        schema["additionalProperties"] = False
    elif rest.schema:
        schema["additionalProperties"] = rest.schema
    return with_definitions(schema, definitions)


def with_definitions(schema: Schema, definitions: Schema) -> Schema:
    return {**schema, "$defs": definitions} if definitions else schema


def _is_plain(value: object) -> bool:
    """Whether JSON can show it as a default, which it can't for NaN and infinities."""
    if isinstance(value, float):
        return value - value == 0
    if type(value) is int:
        return -_LARGEST <= value < 2 * _LARGEST
    return value is None or type(value) in (bool, str)
