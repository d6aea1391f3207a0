"""How much a plugin may use: control groups, setrlimit(2) and sched_setaffinity(2). Only ever lowers what holds already."""

from __future__ import annotations

import posix

from .kernel import IS_ARM, GateError, call, u64
from .numbers import PRLIMIT64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from .policy import Policy

_FILE_SIZE, _DATA, _CORE, _FILES, _LOCKED_MEMORY, _QUEUES, _NICE, _REAL_TIME = 1, 2, 4, 7, 8, 12, 13, 14
_MOST_LOCKED_BYTES = 64 * 1024
# A core dump of no bytes would still be piped to a program of the system.
_NO_CORE = 1


def lower(policy: Policy) -> None:
    for entrance in policy.groups:
        _join(entrance)
    if policy.confined:
        _lower(_CORE, _NO_CORE)
        _lower(_LOCKED_MEMORY, _MOST_LOCKED_BYTES)
        for privilege in (_QUEUES, _NICE, _REAL_TIME):
            _lower(privilege, 0)
    _lower(_FILES, policy.files)
    _lower(_FILE_SIZE, policy.file_size)
    # Private memory that can be written: what a process really takes, unlike its address space.
    _lower(_DATA, policy.memory)
    if policy.processors is not None:
        _keep_to_processors(policy.processors)


def _join(entrance: str) -> None:
    """To be called before there is another thread or process."""
    try:
        fd = posix.open(entrance, posix.O_WRONLY | posix.O_CLOEXEC)
        try:
            posix.write(fd, b"0")
        finally:
            posix.close(fd)
    except OSError as error:
        raise GateError("it can't join its control group: %s" % error) from None


def _keep_to_processors(count: int) -> None:
    """Which ones, its process id decides: not the same for all."""
    available = sorted(posix.sched_getaffinity(0))
    first = posix.getpid() % len(available)
    try:
        posix.sched_setaffinity(0, (available * 2)[first : first + min(count, len(available))])
    except OSError as error:
        raise GateError("it can't be kept to %d processors: %s" % (count, error)) from None


def _lower(resource: int, limit: Optional[int]) -> None:
    if limit is None:
        return
    held = bytes(bytearray(16))  # the kernel writes into it, so no other object may share it
    call("prlimit64", PRLIMIT64[IS_ARM], 0, resource, 0, held)
    limit = min(limit, int.from_bytes(held[8:], "little"))
    call("prlimit64", PRLIMIT64[IS_ARM], 0, resource, u64(limit) + u64(limit), 0)
