"""Reads packages/protocol/fixtures/conformance.json; what its parts mean is told by its ``comment``."""

import array
import json
import pathlib
import struct
import sys
from datetime import datetime, timedelta, timezone

_FILE = pathlib.Path(__file__).resolve().parents[2] / "protocol" / "fixtures" / "conformance.json"
CONFORMANCE = json.loads(_FILE.read_text("utf-8"))

_FORMATS = {
    "bool": "?", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q",
    "uint64": "Q", "float16": "e", "float32": "f", "float64": "d",
}  # fmt: skip


class Array:
    """What an array of the corpus has to be equal to, whatever holds it."""

    def __init__(self, dtype, shape, values):
        form = _FORMATS[dtype]
        self.dtype = dtype
        self.format = form
        self.shape = tuple(shape)
        kind = bool if form == "?" else float if form in "efd" else int
        numbers = [kind(int(value)) if kind is bool else kind(value) for value in values]
        self.data = struct.pack("=%d%s" % (len(numbers), form), *numbers)

    def buffer(self):
        if self.format == "B" and len(self.shape) == 1:
            return array.array("B", self.data)  # a memoryview of this kind means bytes
        if not self.data:
            return memoryview(bytearray(8)).cast(self.format)[:0]
        return memoryview(bytearray(self.data)).cast(self.format, self.shape)

    def numpy(self):
        return sys.modules["numpy"].frombuffer(self.data, self.dtype).reshape(self.shape)

    def __eq__(self, other):
        if type(other) is memoryview:
            shape_is_kept = other.shape == self.shape or not self.data
            return other.format == self.format and shape_is_kept and other.tobytes() == self.data and not other.readonly
        assert isinstance(other, sys.modules["numpy"].ndarray)
        assert other.flags.writeable and other.flags.aligned
        return other.dtype == self.dtype and other.shape == self.shape and other.tobytes() == self.data


def is_encoded_here(case):
    return case.get("encode", "both") in ("both", "python")


def bytes_of(parts):
    if isinstance(parts, str):
        parts = [parts]
    return b"".join(bytes.fromhex(part if isinstance(part, str) else part["repeat"] * part["times"]) for part in parts)


def value_of(value, make_array):
    """``make_array`` makes what is to stand for an Array."""
    ((kind, content),) = value.items()
    if kind == "nil":
        return None
    if kind == "bool":
        return content
    if kind == "int":
        return int(content)
    if kind == "float":
        return float(content)
    if kind == "text":
        return _repeated(content)
    if kind == "bin":
        return bytes.fromhex(_repeated(content))
    if kind == "list":
        if isinstance(content, dict):
            return [value_of(content["repeat"], make_array) for _ in range(content["times"])]
        return [value_of(inner, make_array) for inner in content]
    if kind == "map":
        return {key: value_of(inner, make_array) for key, inner in content}
    if kind == "timestamp":
        passed = timedelta(seconds=int(content["seconds"]), microseconds=content["nanoseconds"] // 1000)
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + passed
    if kind == "array":
        values = content["values"]
        if isinstance(values, dict):
            values = [values["repeat"]] * values["times"]
        return make_array(Array(content["dtype"], content["shape"], values))
    assert kind == "nested"
    inner = [] if content["in"] == "list" else {}
    for _ in range(content["levels"] - 1):
        inner = [inner] if content["in"] == "list" else {"a": inner}
    return inner


def _repeated(content):
    return content if isinstance(content, str) else content["repeat"] * content["times"]


def is_same(one, other):
    """Equal, of the same types, and not a number where the other isn't."""
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if isinstance(right, Array):
            if right != left:
                return False
            continue
        if type(left) is not type(right):
            return False
        if type(left) is list:
            if len(left) != len(right):
                return False
            pairs.extend(zip(left, right))
        elif type(left) is dict:
            if list(left) != list(right):
                return False
            pairs.extend((left[key], right[key]) for key in left)
        elif type(left) is float:
            if repr(left) != repr(right):
                return False
        elif left != right:
            return False
    return True
