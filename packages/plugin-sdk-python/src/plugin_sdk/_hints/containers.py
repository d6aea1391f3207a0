"""Hints of what holds other values: lists, tuples, sets, mappings, streams."""

from __future__ import annotations

from .._calls.input_streams import InputStream
from .hint import Hint, Unfit, fitted, unfit
from .plain import TEXT, as_list, as_mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional

    from .hint import Schema

_STREAM = {"type": "array", "format": "stream", "description": "a stream or an array"}


def list_of(items: Hint, make: Optional[Callable[[list[Any]], Any]] = None) -> Hint:
    """A list, or what `make` makes of one."""

    def take(value: Any) -> Any:
        taken = _each(as_list(value), items)
        if make is None:
            return taken
        try:
            return make(taken)
        except TypeError as error:  # a set of lists
            raise Unfit(str(error)) from None

    return Hint(_with_items({"type": "array"}, items), take, (list,) if items.take is None and make is None else ())


def tuple_of(items: Sequence[Hint]) -> Hint:
    """One of exactly these."""
    count = len(items)

    def take(value: Any) -> Any:
        values = as_list(value)
        if len(values) != count:
            raise Unfit("has %d elements instead of %d" % (len(values), count))
        return tuple(_taken_at(index, value, items[index]) for index, value in enumerate(values))

    schema = {"type": "array", "prefixItems": [each.schema for each in items], "minItems": count, "maxItems": count}
    return Hint(schema, take)


def mapping_of(keys: Hint, values: Hint, make: Optional[Callable[[dict[Any, Any]], Any]] = None) -> Hint:
    """A dict, or what `make` makes of one. Keys are text on their way, so numbers and the like are read from it."""
    has_plain_keys = keys.take is None or keys is TEXT

    def take(value: Any) -> Any:
        taken = _each_value(as_mapping(value), values)
        if not has_plain_keys:
            taken = {_key(key, keys): inner for key, inner in taken.items()}
        return taken if make is None else make(taken)

    schema: Schema = {"type": "object"}
    if values.schema:
        schema["additionalProperties"] = values.schema
    names = _schema_of_names(keys.schema)
    if names:
        schema["propertyNames"] = names
    is_plain = has_plain_keys and values.take is None and make is None
    return Hint(schema, take, (dict,) if is_plain else ())


def stream_of(items: Hint, must_be_stream: bool = True) -> Hint:
    """What is read piece by piece, and checked like that. A caller without streams gives a list."""

    def take(value: Any) -> Any:
        if type(value) is not InputStream:
            if type(value) is not list:
                raise unfit(value, "a stream or a list")
            if not must_be_stream:
                return _each(value, items)
            value = InputStream(value)
        if items.take is not None:
            value.check = lambda index, chunk: fitted(lambda value: _taken_at(index, value, items), chunk)
        return value

    return Hint(_with_items(_STREAM, items), take, (InputStream,) if items.take is None else ())


def place_stream(stream: InputStream, name: str) -> None:
    """The stream stands at this key of the input: said of a chunk that does not fit."""
    check = stream.check
    if check is None:
        return

    def placed(index: int, chunk: Any) -> Any:
        try:
            return check(index, chunk)
        except Unfit as refusal:
            raise refusal.at(name) from None

    stream.check = placed


def _with_items(schema: Schema, items: Hint) -> Schema:
    return {**schema, "items": items.schema} if items.schema else schema


def _each(values: list[Any], hint: Hint) -> list[Any]:
    take, exact = hint.take, hint.exact
    if take is None or (exact and exact.issuperset(map(type, values))):
        return values
    taken = None
    for index, value in enumerate(values):
        if type(value) not in exact:
            new = _taken_at(index, value, hint)
            if new is not value:
                if taken is None:
                    taken = values.copy()
                taken[index] = new
    return values if taken is None else taken


def _each_value(mapping: dict[str, Any], hint: Hint) -> dict[str, Any]:
    take, exact = hint.take, hint.exact
    if take is None or (exact and exact.issuperset(map(type, mapping.values()))):
        return mapping
    taken = None
    for key, value in mapping.items():
        if type(value) not in exact:
            new = _taken_at(key, value, hint)
            if new is not value:
                if taken is None:
                    taken = mapping.copy()
                taken[key] = new
    return mapping if taken is None else taken


def _taken_at(step: Any, value: Any, hint: Hint) -> Any:
    take = hint.take
    if take is None or type(value) in hint.exact:
        return value
    try:
        return take(value)
    except Unfit as refusal:
        raise refusal.at(step) from None


def _schema_of_names(keys: Schema) -> Schema:
    """Keys that aren't text are given as text."""
    if "enum" in keys:
        return {"enum": [option if isinstance(option, str) else str(option) for option in keys["enum"]]}
    if keys.get("type") == "integer":
        return {"pattern": "^-?[0-9]+$"}
    return keys if keys.get("type") == "string" and keys is not TEXT.schema else {}


def _key(key: str, hint: Hint) -> Any:
    take: Any = hint.take
    try:
        try:
            return take(key)
        except Unfit:
            if not key.lstrip("-").isdecimal() or not key.isascii():
                raise
            return take(int(key))
    except (Unfit, ValueError) as refusal:
        raise Unfit("this key: %s" % getattr(refusal, "detail", refusal), (key,)) from None
