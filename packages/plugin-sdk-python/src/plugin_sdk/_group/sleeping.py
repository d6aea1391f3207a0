"""Lets `time.sleep` of a plugin end when its call is cancelled. Python raises nothing in a thread that sleeps in the system."""

from __future__ import annotations

import time
from _thread import LockType, allocate_lock, get_ident

from .._several import interrupt
from .present import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Of the threads that sleep.
_alarms: dict[int, LockType] = {}


def sleep_until_woken() -> None:
    """Called once, before any plugin runs."""
    pause = time.sleep

    def sleep(seconds: Any, /) -> None:
        if present() is None or not seconds > 0:
            return pause(seconds)
        alarm = allocate_lock()
        alarm.acquire()
        _alarms[get_ident()] = alarm
        try:
            alarm.acquire(True, seconds)
        finally:
            _alarms.pop(get_ident(), None)

    time.sleep = sleep
    interrupt.wake = _wake


def _wake(ident: int) -> None:
    alarm = _alarms.pop(ident, None)
    if alarm is not None:
        alarm.release()
