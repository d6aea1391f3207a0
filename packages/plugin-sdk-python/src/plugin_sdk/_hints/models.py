"""Hints of pydantic's models, and of what else pydantic checks, if the plugin uses it."""

from __future__ import annotations

import sys

from .hint import Hint, Unfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .hint import Schema

_OWN_PACKAGES = ("pydantic", "annotated_types")


def is_model(cls: Any) -> bool:
    return hasattr(cls, "model_validate") or (hasattr(cls, "parse_obj") and hasattr(cls, "__fields__"))


def model_hint(cls: Any, definitions: Schema) -> Hint:
    """`definitions` takes the parts of its schema that are used several times."""
    if hasattr(cls, "model_validate"):
        place = "#/$defs/%s.{model}" % cls.__name__
        return _hint(
            cls.model_validate, lambda: cls.model_json_schema(ref_template=place), cls.__name__, definitions, cls
        )
    place = "#/$defs/%s.{model}" % cls.__name__
    return _hint(cls.parse_obj, lambda: cls.schema(ref_template=place), cls.__name__, definitions, cls)


def answered_schema(cls: Any, definitions: Schema) -> Schema:
    """Of what a model crosses as."""
    place = "#/$defs/%s.{model}" % cls.__name__
    if hasattr(cls, "model_json_schema"):
        return _schema(
            lambda: cls.model_json_schema(mode="serialization", ref_template=place), cls.__name__, definitions
        )
    return _schema(lambda: cls.schema(ref_template=place), cls.__name__, definitions)


def adapted_hint(hint: Any, definitions: Schema) -> Optional[Hint]:
    """A hint that carries what only pydantic can check, such as Annotated[int, Field(gt=0)]; None where that is not so."""
    adapter = getattr(sys.modules.get("pydantic"), "TypeAdapter", None)
    if adapter is None or not _is_for_pydantic(hint):
        return None
    adapted = adapter(hint)
    name = getattr(hint, "__name__", "value")
    place = "#/$defs/%s.{model}" % name
    return _hint(adapted.validate_python, lambda: adapted.json_schema(ref_template=place), name, definitions)


def _is_for_pydantic(hint: Any) -> bool:
    metadata = getattr(hint, "__metadata__", ())
    modules = [getattr(type(each), "__module__", "") for each in metadata]
    own = any(module.partition(".")[0] in _OWN_PACKAGES for module in modules)
    return own or (isinstance(hint, type) and hasattr(hint, "__get_pydantic_core_schema__"))


def _hint(
    validate: Callable[[Any], Any],
    schema: Callable[[], Schema],
    name: str,
    definitions: Schema,
    cls: Optional[type] = None,
) -> Hint:
    def take(value: Any) -> Any:
        try:
            return validate(value)
        except Exception as error:
            raise unfit_of(error) from error

    return Hint(_schema(schema, name, definitions), take, () if cls is None else (cls,), is_new=cls is not None)


def _schema(schema: Callable[[], Schema], name: str, definitions: Schema) -> Schema:
    try:
        found = dict(schema())
    except Exception:
        return {"description": name}  # it has fields that JSON Schema can't describe
    for key in ("$defs", "definitions"):
        for inner, definition in found.pop(key, {}).items():
            definitions["%s.%s" % (name, inner)] = definition
    return found


def unfit_of(error: Exception) -> Unfit:
    """What code of a class had against a value. pydantic says where, too."""
    try:
        problems: Any = error.errors()  # type: ignore[attr-defined]
        place, message = problems[0]["loc"], problems[0]["msg"]
        more = " (and %d more)" % (len(problems) - 1) if len(problems) > 1 else ""
        return Unfit(message + more, [step if isinstance(step, int) else str(step) for step in reversed(place)])
    except Exception:
        from .._calls.failure import type_name

        return Unfit("%s: %s" % (type_name(error), error))
