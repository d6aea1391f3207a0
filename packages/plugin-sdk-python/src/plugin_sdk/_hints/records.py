"""Hints of classes with fields: dataclasses, typed dictionaries, named tuples."""

from __future__ import annotations

from .hint import Hint, Unfit, unfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Callable

    from .hint import Schema

    Fields = dict[str, Hint]
    # The hint of an annotation that stands in a class.
    Read = Callable[[type, str, Any], Hint]


def is_dataclass(cls: type) -> bool:
    return hasattr(cls, "__dataclass_fields__")


def is_typed_dict(cls: type) -> bool:
    return issubclass(cls, dict) and hasattr(cls, "__total__") and hasattr(cls, "__annotations__")


def is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields") and hasattr(cls, "_field_defaults")


def dataclass_hint(cls: Any, read: Read) -> Hint:
    from dataclasses import MISSING

    fields: Fields = {}
    required = []
    for name, field in cls.__dataclass_fields__.items():
        kind = field._field_type.name
        if kind == "_FIELD_CLASSVAR" or not field.init:
            continue
        annotation = getattr(field.type, "type", field.type) if kind == "_FIELD_INITVAR" else field.type
        fields[name] = read(cls, name, annotation)
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(name)

    def take(value: Any) -> Any:
        given = _checked(value, fields, required)
        unknown = [key for key in given if key not in fields]
        if unknown:
            raise Unfit("%s has no such field" % cls.__name__, (unknown[0],))
        return made(cls, given)

    return Hint({**_schema(fields, required), "additionalProperties": False}, take, (cls,))


def typed_dict_hint(cls: Any, read: Read, is_optional: Callable[[Any], bool]) -> Hint:
    """`is_optional` finds the annotations that say NotRequired: as text they are unknown to the class itself."""
    annotations = cls.__annotations__
    fields = {name: read(cls, name, annotation) for name, annotation in annotations.items()}
    required = [
        name
        for name in annotations
        if name in getattr(cls, "__required_keys__", annotations) and not is_optional(annotations[name])
    ]
    return Hint(_schema(fields, required), lambda value: _checked(value, fields, required))


def named_tuple_hint(cls: Any, read: Read) -> Hint:
    """A list of its fields, which is how one crosses, or a mapping."""
    annotations = getattr(cls, "__annotations__", {})
    fields = {name: read(cls, name, annotations[name] if name in annotations else object) for name in cls._fields}
    required = [name for name in cls._fields if name not in cls._field_defaults]

    def take(value: Any) -> Any:
        if type(value) is list:
            if not len(required) <= len(value) <= len(fields):
                raise Unfit("has %d elements, and %s has %d fields" % (len(value), cls.__name__, len(fields)))
            value = dict(zip(cls._fields, value))
        given = _checked(value, fields, required)
        unknown = [key for key in given if key not in fields]
        if unknown:
            raise Unfit("%s has no such field" % cls.__name__, (unknown[0],))
        return made(cls, given)

    items = {"type": "array", "prefixItems": [hint.schema for hint in fields.values()], "maxItems": len(fields)}
    return Hint({"anyOf": [items, _schema(fields, required)]}, take, (cls,))


def made(cls: Any, given: dict[str, Any]) -> Any:
    """Runs code of the class, which may refuse the values that its hints allow."""
    try:
        return cls(**given)
    except Unfit:
        raise
    except Exception as error:
        from .models import unfit_of

        raise unfit_of(error) from error


def _schema(fields: Fields, required: Iterable[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": {name: hint.schema for name, hint in fields.items()}}
    listed = list(required)
    if listed:
        schema["required"] = listed
    return schema


def _checked(value: Any, fields: Fields, required: list[str]) -> dict[str, Any]:
    if type(value) is not dict:
        raise unfit(value, "a mapping with %s" % ", ".join(fields) if fields else "a mapping")
    for name in required:
        if name not in value:
            raise Unfit("missing", (name,))
    taken = value
    for name, given in value.items():
        hint = fields.get(name)
        if hint is None or hint.take is None or type(given) in hint.exact:
            continue
        try:
            new = hint.take(given)
        except Unfit as refusal:
            raise refusal.at(name) from None
        if new is not given:
            if taken is value:
                taken = value.copy()
            taken[name] = new
    return taken
