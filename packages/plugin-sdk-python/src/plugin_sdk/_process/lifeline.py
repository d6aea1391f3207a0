"""Lets the kernel end this process together with its host.

The control thread notices the host's death as well, but it needs the interpreter's lock for that, and C code can keep the
lock for hours. So the kernel signals this process group when the only other end of a socket closes: no Python has to run.
Unlike PR_SET_PDEATHSIG this needs no ctypes, reaches what this process starts, and follows the host's process, not the
thread that started this one.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import posix

from .._wire.end import kill_with_descendants


def hold_on(fd: int) -> None:
    """Linux only: elsewhere the signal can't be chosen, and the control thread alone notices the host's end."""
    # The one module at start that not every interpreter has built in. It loads in 0.2 ms, after HELLO.
    import fcntl

    posix.set_inheritable(fd, False)
    if not hasattr(fcntl, "F_SETSIG"):
        return
    group = posix.getpgrp()
    fcntl.fcntl(fd, fcntl.F_SETOWN, -group if group == posix.getpid() else posix.getpid())
    fcntl.fcntl(fd, fcntl.F_SETSIG, _signal.SIGKILL)
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    fcntl.fcntl(fd, fcntl.F_SETFL, flags | posix.O_ASYNC | posix.O_NONBLOCK)
    if _is_over(fd):  # the host closed it before the kernel was asked
        kill_with_descendants()


def _is_over(fd: int) -> bool:
    try:
        return not posix.read(fd, 1)
    except BlockingIOError:
        return False
    except OSError:
        return True
