"""Hints that are classes: enums, dates and the like, arrays, records, models. Imported when a plugin has one."""

from __future__ import annotations

import sys

from .._codec.plugin_names import shown_module
from .arrays import array_hint
from .choices import enum_of
from .hint import ANYTHING, Hint, Unfit, shown
from .models import adapted_hint, is_model, model_hint
from .records import (
    attrs_hint,
    dataclass_hint,
    is_dataclass,
    is_named_tuple,
    is_typed_dict,
    named_tuple_hint,
    typed_dict_hint,
)
from .scope import Scope
from .texts import text_hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .definitions import Definitions


JSON_TYPES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
    type(None): "null",
}


class Classes:
    def __init__(self, compile_hint: Callable[[Any, Scope], Hint], definitions: Definitions) -> None:
        self._compile = compile_hint
        self._definitions = definitions

    def hint(self, cls: Any) -> Hint:
        if hasattr(cls, "__members__"):
            return enum_of(cls)
        return text_hint(cls) or array_hint(cls) or self._record(cls) or self._other(cls)

    def _other(self, cls: Any) -> Hint:
        adapted = adapted_hint(cls, self._definitions.schemas)
        if adapted is not None:
            return adapted
        return ANYTHING if getattr(cls, "_is_protocol", False) else _instance_of(cls)

    def _record(self, cls: Any) -> Optional[Hint]:
        make = self._maker_of(cls)
        return None if make is None else self._definitions.once(cls, cls.__name__, make)

    def _maker_of(self, cls: Any) -> Optional[Callable[[], Hint]]:
        if is_model(cls):
            return lambda: model_hint(cls, self._definitions.schemas)
        if is_dataclass(cls):
            return lambda: dataclass_hint(cls, self._field)
        if hasattr(cls, "__attrs_attrs__"):
            return lambda: attrs_hint(cls, self._field)
        if is_typed_dict(cls):
            return lambda: typed_dict_hint(cls, self._field, _says_not_required)
        if is_named_tuple(cls):
            return lambda: named_tuple_hint(cls, self._field)
        return None

    def _field(self, cls: type, name: str, annotation: Any) -> Hint:
        """A text is read where the class stands that has the field: that may be a base of another module."""
        owner = next((base for base in cls.__mro__ if name in base.__dict__.get("__annotations__", ())), cls)
        module = sys.modules.get(owner.__module__)
        names = {**vars(owner), owner.__name__: owner}
        return self._compile(annotation, Scope(getattr(module, "__dict__", {}), owner, names))


def _instance_of(cls: Any) -> Hint:
    """Of what crosses, some things are instances of abstract classes, such as numbers.Number."""
    module = shown_module(cls.__module__)
    place = cls.__name__ if module in ("builtins", "__main__") else "%s.%s" % (module, cls.__name__)

    def take(value: Any) -> Any:
        try:
            fits = isinstance(value, cls)
        except TypeError:  # a class that can't be asked
            fits = True
        if fits:
            return value
        raise Unfit("%s is not a %s, and can't become one: the hint has to name what crosses" % (shown(value), place))

    types = [name for kind, name in JSON_TYPES.items() if _is_subclass(kind, cls)]
    return Hint({"description": place, **({"type": types} if types else {"not": {}})}, take, (cls,))


def _is_subclass(kind: type, cls: Any) -> bool:
    try:
        return issubclass(kind, cls)
    except TypeError:
        return True


def _says_not_required(annotation: Any) -> bool:
    text = getattr(annotation, "__forward_arg__", annotation)
    if isinstance(text, str):
        return text.partition("[")[0].rpartition(".")[2] == "NotRequired"
    return getattr(getattr(annotation, "__origin__", None), "_name", None) == "NotRequired"
