"""How this process ends where no more is said to the host."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import sys

try:
    from posix import _exit, getpgrp, getpid, killpg
except ImportError:  # see frames.py
    from os import _exit, getpid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def kill_with_descendants() -> NoReturn:
    """Ends this process and what it started, at once: the host made it leader of a process group."""
    if getpgrp() == getpid():
        killpg(0, _signal.SIGKILL)
    _exit(1)


def flush_standard_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # closed, replaced or None: nothing of ours to lose
