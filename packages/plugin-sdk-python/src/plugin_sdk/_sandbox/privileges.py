"""What the process gives up besides: the powers of root, new ones by executing a program, and a life without its parent."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import posix

from .kernel import IS_ARM, attempt, call, u32
from .numbers import CAPSET, PRCTL

_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 1, 24, 38, 47
_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522
# More than any kernel has: the first that is unknown ends the loop.
_MOST_CAPABILITIES = 64


def drop() -> None:
    """A root host's plugin stays user 0, which owns the host's files and may do nothing else that others may not."""
    if posix.geteuid() == 0:
        attempt_to_leave_groups()
    for capability in range(_MOST_CAPABILITIES):
        if attempt(PRCTL[IS_ARM], _PR_CAPBSET_DROP, capability, 0, 0, 0)[0] == -1:
            break  # it has none to drop, or that was the last one
    attempt(PRCTL[IS_ARM], _PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
    call("capset", CAPSET[IS_ARM], u32(_CAPABILITY_VERSION_3) + u32(0), bytes(24))
    call("prctl(PR_SET_NO_NEW_PRIVS)", PRCTL[IS_ARM], _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def attempt_to_leave_groups() -> None:
    try:
        posix.setgroups([])
    except OSError:
        pass  # a container may have taken that power away; Landlock and seccomp do not ask for groups


def die_with(parent: int) -> None:
    """The kernel ends this process when the thread that started it has ended. filter.py keeps the plugin from changing that."""
    call("prctl(PR_SET_PDEATHSIG)", PRCTL[IS_ARM], _PR_SET_PDEATHSIG, _signal.SIGKILL, 0, 0, 0)
    if posix.getppid() != parent:
        posix._exit(1)  # it ended before the kernel was asked
