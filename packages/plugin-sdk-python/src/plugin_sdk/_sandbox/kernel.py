"""System calls by number: Python offers none of those that a sandbox is made of, and `import ctypes` takes 5 ms."""

from __future__ import annotations

import _ctypes
import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

RTLD_NOW = 2
# FUNCFLAG_CDECL | FUNCFLAG_USE_ERRNO
_FLAGS = 1 | 8


class GateError(Exception):
    """A gate can't be closed here. The text is the reason, as people should read it."""


class _Long(_ctypes._SimpleCData):  # type: ignore[type-arg]
    _type_ = "l"


class _Function(_ctypes.CFuncPtr):
    _flags_ = _FLAGS
    _restype_ = _Long


# libc is in every process that Python runs in
_nowhere: Any = None
_syscall: Any = _Function(_ctypes.dlsym(_ctypes.dlopen(_nowhere, RTLD_NOW), "syscall"))

MACHINE: str = posix.uname().machine
IS_ARM = MACHINE == "aarch64"
IS_KNOWN = MACHINE in ("x86_64", "aarch64")


def attempt(number: int, *arguments: Union[int, bytes]) -> tuple[int, int]:
    """Integers are passed as C longs, bytes as pointers to them. Returns the result, and errno if that is -1."""
    given = [each if isinstance(each, bytes) else _Long(each) for each in arguments]
    result: int = _syscall(_Long(number), *given)
    return result, _ctypes.get_errno() if result == -1 else 0


def call(what: str, number: int, *arguments: Union[int, bytes]) -> int:
    """Raises GateError."""
    result, errno = attempt(number, *arguments)
    if result == -1:
        raise GateError("%s failed: %s" % (what, posix.strerror(errno)))
    return result


def address_of(data: bytes) -> int:
    """Where its bytes begin, as CPython lays them out: behind the head, whose size counts the final zero."""
    return id(data) + bytes.__basicsize__ - 1


def number(on_x86: int, on_arm: int) -> int:
    return on_arm if IS_ARM else on_x86


def u16(value: int) -> bytes:
    return value.to_bytes(2, "little")


def u32(value: int) -> bytes:
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


def u64(value: int) -> bytes:
    return value.to_bytes(8, "little")
