"""Hints that are classes, where a value of the class is sent: their schemas are of what crosses. Nothing is taken."""

from __future__ import annotations

from .._codec.plain_form import fields_of
from .classes import JSON_TYPES, Classes
from .hint import ANYTHING, Hint
from .models import answered_schema, is_model
from .records import is_named_tuple, is_typed_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .hint import Schema


class AnsweredClasses(Classes):
    def hint(self, cls: Any) -> Hint:
        schema = super().hint(cls).schema
        if schema.get("format") == "typed-array":
            return _crossing({"type": "array", "format": "typed-array"})
        if type(schema.get("type")) is list and "format" in schema:
            return _crossing({**schema, "type": "string"})  # a decimal is taken as a number, too
        return _crossing(schema)

    def _maker_of(self, cls: Any) -> Optional[Callable[[], Hint]]:
        if is_model(cls):
            return lambda: _crossing(answered_schema(cls, self._definitions.schemas))
        fields = fields_of(cls)
        if fields is not None:
            return lambda: _crossing(self._record_schema(cls, fields))
        if is_named_tuple(cls):
            return lambda: _crossing(self._tuple_schema(cls))
        return super()._maker_of(cls) if is_typed_dict(cls) else None

    def _other(self, cls: Any) -> Hint:
        """What is a text or a number crosses as one; of other classes nothing is known."""
        for kind, name in JSON_TYPES.items():
            if issubclass(cls, kind):
                return _crossing({"type": name})
        return ANYTHING

    def _record_schema(self, cls: Any, fields: dict[str, Any]) -> Schema:
        """All fields have a value by the time they cross."""
        properties = {name: self._schema_of(cls, name, annotation) for name, annotation in fields.items()}
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**schema, "required": list(fields)} if fields else schema

    def _tuple_schema(self, cls: Any) -> Schema:
        annotations = getattr(cls, "__annotations__", {})
        items = [self._schema_of(cls, name, annotations.get(name)) for name in cls._fields]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}

    def _schema_of(self, cls: Any, name: str, annotation: Any) -> Schema:
        return {} if annotation is None else self._field(cls, name, annotation).schema


def _crossing(schema: Schema) -> Hint:
    return Hint(schema, _unchanged) if schema else ANYTHING


def _unchanged(value: Any) -> Any:
    return value
