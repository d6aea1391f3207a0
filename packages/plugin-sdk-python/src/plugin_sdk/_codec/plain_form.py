"""What values of classes that the wire does not know are sent as. Imported when the first one occurs."""

from __future__ import annotations

import sys

from .hints import unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Optional

    Form = Callable[[Any], Any]

# By class, for lists of them. Emptied when full: bounded, and ever new classes only make it useless.
_forms: dict[type, Optional[Form]] = {}
_MOST_FORMS = 256

_SIMPLE = frozenset((str, int, float, bool, type(None)))
_TEXTS = frozenset(
    [("uuid", "UUID"), ("decimal", "Decimal"), ("fractions", "Fraction")]
    + [("ipaddress", "IPv%d%s" % (version, kind)) for version in (4, 6) for kind in ("Address", "Network", "Interface")]
)
_LISTS = frozenset((range, type({}.keys()), type({}.values()), type({}.items())))


def plain_form(value: Any) -> Any:
    """A value of the wire's types, which may hold others in turn. Raises CodecError."""
    kind = type(value)
    if kind not in _forms:
        if len(_forms) >= _MOST_FORMS:
            _forms.clear()
        _forms[kind] = _form_of(kind)
    form = _forms[kind]
    if form is None:
        raise unsupported(value)
    return form(value)


def form_of_member(member: Any) -> Any:
    """Of an enum: its value, or its name where the value is nothing simple."""
    value = member.value
    return value if type(value) in _SIMPLE else member.name


def _form_of(kind: Any) -> Optional[Form]:
    if hasattr(kind, "__members__"):
        return form_of_member
    if kind in (set, frozenset):
        return _in_order
    if kind in _LISTS:
        return list
    for base in kind.__mro__:
        form = _form_by_name(base.__module__.partition(".")[0], base.__name__)
        if form is not None:
            return form
    return _form_of_fields(kind) or (_as_mapping if _is_mapping(kind) else None)


def _form_by_name(module: str, name: str) -> Optional[Form]:
    if (module, name) in _TEXTS or (module == "pathlib" and name == "PurePath"):
        return str
    if module == "datetime":
        return {"date": _iso, "time": _iso, "timedelta": _seconds}.get(name)
    if module == "pandas" and name == "NAType":
        return _nothing
    return list if module == "collections" and name == "deque" else None


def fields_of(kind: Any) -> Optional[dict[str, Any]]:
    """Those of a dataclass or a class of attrs that cross, with what they are annotated as. None: it is none of these."""
    if hasattr(kind, "__dataclass_fields__"):
        fields = kind.__dataclass_fields__
        return {name: field.type for name, field in fields.items() if field._field_type.name == "_FIELD"}
    if hasattr(kind, "__attrs_attrs__"):
        return {attribute.name: getattr(attribute, "type", None) for attribute in kind.__attrs_attrs__}
    return None


def _form_of_fields(kind: Any) -> Optional[Form]:
    if hasattr(kind, "model_dump"):
        return _dumped
    fields = fields_of(kind)
    if fields is None:
        return _dumped_by_pydantic_1 if hasattr(kind, "__fields__") and hasattr(kind, "parse_obj") else None
    names = list(fields)
    return lambda value: {name: getattr(value, name) for name in names}


def _in_order(value: Any) -> list[Any]:
    """Sorted where that is possible: else the order would differ from process to process."""
    try:
        return sorted(value)
    except TypeError:
        return list(value)


def _iso(value: Any) -> Any:
    return value.isoformat()


def _seconds(value: Any) -> Any:
    return value.total_seconds()


def _nothing(_: Any) -> None:
    return None


def _dumped(value: Any) -> Any:
    return value.model_dump(by_alias=True)


def _dumped_by_pydantic_1(value: Any) -> Any:
    return value.dict(by_alias=True)


def _as_mapping(value: Any) -> Any:
    return dict(value)


def _is_mapping(kind: type) -> bool:
    mapping = getattr(sys.modules.get("_collections_abc"), "Mapping", None)
    return mapping is not None and issubclass(kind, mapping)
