"""Cancels a call when its time is over."""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional


class Limits:
    """Both in seconds; `cancel` is called by a thread."""

    def __init__(self, cancel: Callable[[], None], timeout: Optional[float], cancel_after: Optional[float]) -> None:
        # Whether `timeout` is over.
        self.is_over = False
        self._cancel = cancel
        timed = [(timeout, self._time_is_over), (cancel_after, cancel)]
        if cancel_after == 0:
            timed = timed[:1]
            cancel()  # before it runs
        self._timers = [threading.Timer(seconds, function) for seconds, function in timed if seconds is not None]

    def __enter__(self) -> Limits:
        for timer in self._timers:
            timer.daemon = True
            timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        for timer in self._timers:
            timer.cancel()
            timer.join()

    def _time_is_over(self) -> None:
        self.is_over = True
        self._cancel()
