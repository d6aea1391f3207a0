"""Hints of classes with fields: dataclasses, typed dictionaries, named tuples."""

from __future__ import annotations

from .hint import Hint, Unfit, shown, unfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Callable, Optional

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

    return _closed_record(cls, fields, required)


def attrs_hint(cls: Any, read: Read) -> Hint:
    """A class that attrs has made. It is called by the aliases of its fields, and crosses by their names."""
    fields: Fields = {}
    required = []
    aliases = {}
    for attribute in cls.__attrs_attrs__:
        if not attribute.init:
            continue
        name = attribute.name
        aliases[name] = getattr(attribute, "alias", None) or name.lstrip("_")
        fields[name] = read(cls, name, object if attribute.type is None else attribute.type)
        if getattr(attribute.default, "name", None) == "NOTHING":
            required.append(name)
    return _closed_record(cls, fields, required, aliases)


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
        return made(cls, _closed(cls, _checked(value, fields, required), fields))

    items = {
        "type": "array",
        "prefixItems": [hint.schema for hint in fields.values()],
        "minItems": len(required),
        "maxItems": len(fields),
    }
    return Hint({"anyOf": [items, _closed_schema(fields, required)]}, take, (cls,), is_new=True)


def _closed_record(cls: Any, fields: Fields, required: list[str], aliases: Optional[dict[str, str]] = None) -> Hint:
    def take(value: Any) -> Any:
        given = _closed(cls, _checked(value, fields, required), fields)
        return made(cls, given if aliases is None else {aliases[name]: field for name, field in given.items()})

    return Hint(_closed_schema(fields, required), take, (cls,), is_new=True)


def _closed(cls: Any, given: dict[str, Any], fields: Fields) -> dict[str, Any]:
    for key in given:
        if key not in fields:
            raise Unfit("%s has no such field" % cls.__name__, (key,))
    return given


def made(cls: Any, given: dict[str, Any]) -> Any:
    """Runs code of the class, which may refuse the values that its hints allow."""
    try:
        return cls(**given)
    except Unfit:
        raise
    except Exception as error:
        from .models import unfit_of

        raise unfit_of(error) from error


def _closed_schema(fields: Fields, required: Iterable[str]) -> Schema:
    return {**_schema(fields, required), "additionalProperties": False}


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
            unknown = [key for key in value if key not in fields]
            # Mostly one of them is the missing one, misspelt.
            raise Unfit("missing; unknown: %s" % shown(unknown[0]) if unknown else "missing", (name,))
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
