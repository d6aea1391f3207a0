"""Advice for values that can't be sent. Imported when the first one is refused."""

from __future__ import annotations

from .error import CodecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

# By the name of the class. Each works when it is typed in place of `value`.
_HINTS = {
    "generator": "list(value), or make the action a generator",
    "coroutine": "what it returns: await value",
    "async_generator": "its items: [item async for item in value], or make the action an asynchronous generator",
    "complex": "[value.real, value.imag]",
    "complex64": "[value.real, value.imag]",
    "complex128": "[value.real, value.imag]",
    "clongdouble": "[float(value.real), float(value.imag)]",
    "longdouble": "float(value)",
    "timedelta64": "str(value)",
    "void": "value.item()",
    "DataFrame": "value.to_dict('records'), or value.to_numpy()",
    "Series": "value.to_numpy() or value.tolist()",
    "Index": "value.to_numpy() or value.tolist()",
    "Categorical": "value.tolist()",
    "Interval": "[value.left, value.right]",
    "Period": "str(value)",
    "Tensor": "value.detach().cpu().numpy()",
    "Image": "value.tobytes()",
    "type": "value.__name__",
    "module": "value.__name__",
    "function": "what it returns: value()",
    "builtin_function_or_method": "what it returns: value()",
    "method": "what it returns: value()",
    "TextIOWrapper": "value.read()",
    "BufferedReader": "value.read()",
    "BufferedRandom": "value.read()",
    "FileIO": "value.read()",
    "BytesIO": "value.getvalue()",
    "StringIO": "value.getvalue()",
    "mmap": "value[:]",
    "Match": "value.group(), or value.groupdict()",
    "Pattern": "value.pattern",
    "NotImplementedType": "None",
    "ellipsis": "None",
}
_DTYPE_HINTS = {
    "O": "value.tolist(), or an array of numbers",
    "U": "value.tolist()",
    "S": "value.tolist()",
    "T": "value.tolist()",
    "V": "{name: value[name] for name in value.dtype.names}",
    "M": "value.astype(str).tolist(), or value.astype('int64')",
    "m": "value.astype('int64')",
    "c": "[value.real, value.imag]",
    "f": "value.astype('float64')",
    "mask": "value.filled(), or value.tolist()",
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
    module = type(value).__module__.partition(".")[0]
    if module == "polars":
        return "value.to_dicts()" if name == "DataFrame" else "value.to_list()"
    if module == "pandas" and name.endswith("Index"):
        return _HINTS["Index"]
    if name in _HINTS:
        return _HINTS[name]
    if isinstance(value, BaseException):
        return "str(value)"
    if hasattr(type(value), "__next__"):
        return "list(value)"
    if isinstance(value, memoryview) or name == "array":
        return "value.tolist()"
    return "vars(value), a dict of its fields" if hasattr(value, "__dict__") else "str(value), or a dict of its fields"
