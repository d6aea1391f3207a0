"""JSON Schema of what an action takes, from its type hints, read as text: `inspect` and `typing` cost every start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .parameters import Parameters

    Schema = dict[str, Any]

_MODULES = ("typing.", "t.", "collections.abc.", "plugin_sdk.")
# Classes of these modules are known by name alone.
_OPEN_MODULES = ("builtins", "collections.abc", "plugin_sdk")
_SIMPLE = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "None": "null",
    "NoneType": "null",
    "list": "array",
    "List": "array",
    "Sequence": "array",
    "dict": "object",
    "Dict": "object",
    "Mapping": "object",
    "Iterable": "array",
}
# Read once, piece by piece. A caller without streams gives an array.
_STREAMS = ("InputStream", "Iterator", "AsyncIterator", "AsyncIterable")
_STREAM = {"type": "array", "description": "a stream or an array"}


def schema_of_parameters(parameters: Parameters, function: object) -> Schema:
    """An object with a property for each parameter. If a hint is not understood, its property allows anything."""
    hints = hints_of(function)
    properties = {}
    for name in parameters.names:
        schema = schema_of_hint(hints.get(name))
        if name in parameters.defaults and _is_plain(parameters.defaults[name]):
            schema = {**schema, "default": parameters.defaults[name]}
        properties[name] = schema
    schema = {"type": "object", "properties": properties}
    if parameters.required:
        schema["required"] = list(parameters.required)
    if not parameters.takes_any_key:
        schema["additionalProperties"] = False
    return schema


def hints_of(function: Any) -> Any:
    try:
        return function.__annotations__
    except Exception:  # Python 3.14 evaluates them only now, and a name may exist for type checkers alone
        return {}


def schema_of_hint(hint: Any) -> Schema:
    if hint is None:
        return {}
    if isinstance(hint, str):
        return _parse(hint)
    # `list[str]` is an instance of type on some versions, with the name of its origin.
    is_plain_class = isinstance(hint, type) and not hasattr(hint, "__args__")
    return _parse(hint.__name__ if is_plain_class and hint.__module__ in _OPEN_MODULES else repr(hint))


def is_of_stream(schema: Schema) -> bool:
    """Whether it describes a stream, or has one among its alternatives."""
    return any(each.get("description") == _STREAM["description"] for each in schema.get("anyOf", [schema]))


def _parse(text: str) -> Schema:
    text = text.strip()
    parts = _split(text, "|")
    if len(parts) > 1:
        return _any_of(parts)
    name, bracket, inside = text.partition("[")
    name = name.rpartition(".")[2] if name.startswith(_MODULES) else name
    if not bracket:
        return _STREAM if name in _STREAMS else {"type": _SIMPLE[name]} if name in _SIMPLE else {}
    if not inside.endswith("]"):
        return {}
    arguments = _split(inside[:-1], ",")
    if name == "Optional":
        return _any_of([*arguments, "None"])
    if name == "Union":
        return _any_of(arguments)
    if name in _STREAMS:
        items = _parse(arguments[0])
        return {**_STREAM, "items": items} if items else _STREAM
    kind = _SIMPLE.get(name)
    if kind == "array" and len(arguments) == 1:
        items = _parse(arguments[0])
        return {"type": "array", "items": items} if items else {"type": "array"}
    if kind == "object" and len(arguments) == 2:
        values = _parse(arguments[1])
        return {"type": "object", "additionalProperties": values} if values else {"type": "object"}
    return {}


def _any_of(alternatives: list[str]) -> Schema:
    schemas = [_parse(alternative) for alternative in alternatives]
    if not all(schemas):
        return {}
    if all(list(schema) == ["type"] for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": schemas}


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


def _is_plain(value: object) -> bool:
    """Whether JSON can show it as a default, which it can't for NaN and infinities."""
    if isinstance(value, float):
        return value - value == 0
    return value is None or type(value) in (bool, int, str)
