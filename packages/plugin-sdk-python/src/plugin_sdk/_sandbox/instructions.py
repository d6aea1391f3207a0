"""Programs for seccomp(2), which judge each system call by its number and arguments: struct sock_filter, and what is built of it.

A body judges the arguments of one call, and ends on every way with a verdict.
"""

from __future__ import annotations

import errno

from .kernel import IS_ARM, u16, u32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Optional

    Pair = tuple[Optional[int], Optional[int]]
    Program = list[bytes]

_LOAD, _EQUAL, _GREATER, _GREATER_OR_EQUAL, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
# struct seccomp_data
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_ARCHITECTURE = 0xC00000B7 if IS_ARM else 0xC000003E
# Numbers of the x32 ABI, which counts as x86_64.
_X32 = 0x40000000


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return u16(code) + bytes((if_true, if_false)) + u32(value)


def allow() -> Program:
    return [_instruction(_RETURN, _ALLOW)]


def deny(error: int = errno.EPERM) -> Program:
    return [_instruction(_RETURN, _ERRNO | error)]


def _load(argument: int, upper: bool = False) -> bytes:
    """The kernel looks at the lower half only of the arguments that are judged here, pointers apart."""
    return _instruction(_LOAD, _ARGUMENTS_AT + 8 * argument + 4 * upper)


def all_of(*tests: tuple[int, Optional[int], Sequence[int]]) -> Program:
    """Allows a call if each argument, under its mask, is one of its values."""
    body: Program = []
    for argument, mask, values in tests:
        body.append(_load(argument))
        if mask is not None:
            body.append(_instruction(_AND, mask))
        body += [_instruction(_EQUAL, value, len(values) - index) for index, value in enumerate(values)]
        body += deny()
    return body + allow()


def none_of(argument: int, values: Sequence[int]) -> Program:
    """Denies a call if the argument is one of the values."""
    jumps = [_instruction(_EQUAL, value, len(values) - index) for index, value in enumerate(values)]
    return [_load(argument), *jumps, *allow(), *deny()]


def without_bits(argument: int, bits: int) -> Program:
    """Denies a call if the argument has one of the bits."""
    return [_load(argument), _instruction(_ANY_BIT, bits, 1), *allow(), *deny()]


def with_bits(argument: int, bits: int, without: int) -> Program:
    """Denies a call if the argument has none of `bits`, or one of `without`."""
    return [_load(argument), _instruction(_ANY_BIT, without, 2), _instruction(_ANY_BIT, bits, 0, 1), *allow(), *deny()]


def not_both(argument: int, bits: int, other: int) -> Program:
    """Denies a call if the argument has one of `bits` and one of `other`."""
    return [_load(argument), _instruction(_ANY_BIT, bits, 0, 1), _instruction(_ANY_BIT, other, 1), *allow(), *deny()]


def only_null(argument: int) -> Program:
    """Denies a call if the argument is a pointer to something."""
    lower, upper = _load(argument), _load(argument, upper=True)
    return [lower, _instruction(_EQUAL, 0, 0, 3), upper, _instruction(_EQUAL, 0, 0, 1), *allow(), *deny()]


def if_equal(argument: int, value: int, then: Program, otherwise: Program) -> Program:
    return [_load(argument), _instruction(_EQUAL, value, 0, len(then)), *then, *otherwise]


def if_any_bit(argument: int, bits: int, then: Program, otherwise: Program) -> Program:
    return [_load(argument), _instruction(_ANY_BIT, bits, 0, len(then)), *then, *otherwise]


class Filter:
    """Judges the calls that it has a body for, and allows the others."""

    def __init__(self, highest_known: int) -> None:
        self._program: Program = [
            _instruction(_LOAD, _ARCHITECTURE_AT),
            _instruction(_EQUAL, _ARCHITECTURE, 1),
            _instruction(_RETURN, _KILL_PROCESS),
            _instruction(_LOAD, _NUMBER_AT),
        ]
        if not IS_ARM:
            self._program += [_instruction(_GREATER_OR_EQUAL, _X32, 0, 1), *deny(errno.ENOSYS)]
        self._program += [_instruction(_GREATER, highest_known, 0, 1), *deny(errno.ENOSYS)]

    def judge(self, call: Pair, body: Program) -> None:
        """A call that this machine does not have needs no judgement."""
        number = call[IS_ARM]
        if number is not None:
            self._program += [_instruction(_EQUAL, number, 0, len(body)), *body]

    def deny_all(self, calls: Iterable[Pair], error: int = errno.EPERM) -> None:
        for each in calls:
            self.judge(each, deny(error))

    def finished(self) -> bytes:
        return b"".join([*self._program, *allow()])
