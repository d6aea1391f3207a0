"""Advice for values that can't be sent. Imported when the first one is refused."""

from __future__ import annotations

from .error import CodecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

_HINTS = {
    "set": "sorted(value) or list(value)",
    "frozenset": "sorted(value) or list(value)",
    "range": "list(value)",
    "generator": "list(value), or make the action a generator",
    "map": "list(value)",
    "filter": "list(value)",
    "zip": "list(value)",
    "dict_keys": "list(value)",
    "dict_values": "list(value)",
    "dict_items": "dict(value)",
    "coroutine": "what it returns: await it",
    "complex": "[value.real, value.imag]",
    "Decimal": "str(value) or float(value)",
    "Fraction": "str(value) or float(value)",
    "UUID": "str(value)",
    "date": "value.isoformat()",
    "time": "value.isoformat()",
    "timedelta": "value.total_seconds()",
    "DataFrame": "value.to_dict('records'), or value.to_numpy()",
    "Series": "value.to_numpy() or value.tolist()",
    "Index": "value.to_numpy() or value.tolist()",
    "Timedelta": "value.total_seconds()",
    "Tensor": "value.numpy()",
    "deque": "list(value)",
    "type": "value.__name__",
    "function": "what it returns",
    "method": "what it returns",
    "TextIOWrapper": "value.read()",
    "BufferedReader": "value.read()",
    "BytesIO": "value.getvalue()",
    "StringIO": "value.getvalue()",
    "mmap": "value[:]",
}
_DTYPE_HINTS = {
    "O": "value.tolist(), or an array of numbers",
    "U": "value.tolist()",
    "S": "value.tolist()",
    "T": "value.tolist()",
    "V": "one array for each field",
    "M": "value.astype('int64'), or value.astype(str).tolist()",
    "m": "value.astype('int64')",
    "c": "value.real and value.imag",
    "f": "value.astype('float64')",
    "mask": "value.filled()",
}


def unsupported(value: object, what: Optional[str] = None, dtype_kind: Optional[str] = None) -> CodecError:
    kind = type(value)
    name = kind.__name__
    if what is None:
        module = kind.__module__
        what = "a value of type %s" % (name if module == "builtins" else "%s.%s" % (module, name))
    return CodecError("unsupported_type", "%s can't be sent; send %s" % (what, _instead(value, name, dtype_kind)))


def _instead(value: object, name: str, dtype_kind: Optional[str]) -> str:
    if dtype_kind is not None:
        return _DTYPE_HINTS.get(dtype_kind, "an array of numbers")
    if name in _HINTS:
        return _HINTS[name]
    kind = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        return "dataclasses.asdict(value)"
    if hasattr(kind, "model_dump"):
        return "value.model_dump()"
    if hasattr(kind, "__fspath__"):
        return "os.fspath(value)"
    if any(base.__module__ == "enum" for base in kind.__mro__):
        return "value.value"
    if isinstance(value, BaseException):
        return "str(value)"
    if kind in (memoryview,) or name == "array":
        return "an array of numbers in native byte order"
    return "a dict with its fields"
