"""Ends this process without a word to the host."""

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
    """Kills this process and all it started: the host made it leader of a process group."""
    if getpgrp() == getpid():
        killpg(0, _signal.SIGKILL)
    _exit(1)


def flush_standard_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # closed, replaced or None: nothing to flush
