"""Gives a thread a working folder of its own. Linux can: it counts what `chdir` and `umask` set for each thread that asks for it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_UNSHARE = (272, 97)
_CLONE_FS = 0x200


def own_working_folder(folder: str) -> bool:
    """Threads that the asking one starts from now on share it. False: the system makes none, and nothing has changed."""
    if sys.platform != "linux":
        return False
    try:
        from .._sandbox.kernel import IS_KNOWN, attempt, number

        if not IS_KNOWN or attempt(number(*_UNSHARE), _CLONE_FS)[0] == -1:
            return False
    except Exception:  # this Python can't make system calls
        return False
    os.chdir(folder)
    return True


def can_be_own() -> bool:
    """Asked in a thread that is used for nothing else: what it finds out can't be taken back."""
    from _thread import allocate_lock, start_new_thread

    found: list[bool] = []
    done = allocate_lock()
    done.acquire()

    def try_it() -> None:
        try:
            found.append(own_working_folder("/"))
        finally:
            done.release()

    start_new_thread(try_it, ())
    done.acquire()
    return found == [True]


def refuse_to_change_it() -> None:
    """Called where plugins of a group have to share one."""

    def refuse(*_: Any) -> NoReturn:
        raise OSError(
            "this system gives the plugins of a group one working folder for all, so it stays as it is: "
            "use absolute paths, such as those below os.path.dirname(__file__), or write `isolation: process`"
        )

    setattr(os, "chdir", refuse)  # noqa: B010
    setattr(os, "fchdir", refuse)  # noqa: B010
