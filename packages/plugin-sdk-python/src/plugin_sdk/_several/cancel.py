"""Cancels one of several running calls. Only the control thread, which hears of a cancel, interrupts threads and tasks."""

from __future__ import annotations

from _thread import get_ident

from .._calls.cancel import REMEMBERED_CANCELS
from .interrupt import load_interrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Protocol

    from .call import Call
    from .interrupt import Interrupt

    class Thread(Protocol):
        """One that runs calls."""

        is_deferred: bool

        def hold(self) -> bool: ...
        def release(self, before: bool) -> None: ...


class Asked(dict[object, "tuple[Call, Callable[[Any], object]]"]):
    """Calls that wait for the host, each with its inbox, by the number of the question or the feed of the input stream."""


class SharedCancellation:
    def __init__(self, calls: dict[int, Call], asked: Asked) -> None:
        self._calls = calls
        self._asked = asked
        # The threads that run calls, by their ident.
        self.threads: dict[int, Thread] = {}
        # Cancels whose call has not come yet, or is over. The latter stay until newer ones push them out.
        self._early: dict[int, bool] = {}
        self._interrupt: Optional[Interrupt] = None
        self._is_loaded = False

    @property
    def interrupt(self) -> Optional[Interrupt]:
        """Loaded by the first cancel that needs it. None: this Python can't."""
        if not self._is_loaded:
            self._is_loaded = True
            self._interrupt = load_interrupt()
        return self._interrupt

    def note(self, number: int) -> None:
        """Called by the control thread: the call is to end. Unknown and answered calls are ignored."""
        # First the note, then the look. The thread that takes the call does it the other way round, so one of the two finds it.
        self._early[number] = True
        call = self._calls.get(number)
        if call is not None:
            self._early.pop(number, None)
            if not call.is_cancelled:
                call.is_cancelled = True
                self._cancel(call)
        while len(self._early) > REMEMBERED_CANCELS:
            try:
                self._early.pop(next(iter(self._early)), None)
            except (RuntimeError, StopIteration):
                continue  # the main thread took one out just now

    def began(self, call: Call) -> None:
        """Called by the main thread, once other threads can find the call."""
        if self._early.pop(call.number, False):
            call.unwanted = True

    def hold(self) -> bool:
        """Keeps Cancelled away from this thread's next steps. Returns what `release` has to be given."""
        thread = self.threads.get(get_ident())
        return thread is None or thread.hold()

    def release(self, before: bool) -> None:
        thread = self.threads.get(get_ident())
        if thread is not None:
            thread.release(before)

    @property
    def is_deferred(self) -> bool:
        """Whether Cancelled waits for the release of this thread."""
        thread = self.threads.get(get_ident())
        return thread is not None and thread.is_deferred

    def forget(self) -> None:
        """A forked child does not listen to the host."""

    def _cancel(self, call: Call) -> None:
        call.unwanted = True
        runner = call.runner
        if runner is not None:
            runner.interrupt(call)
        # Wake those that sleep in code of this package last: they then find the interruption noted.
        if call.inbox is not None:
            call.inbox(None)
        for asking, receive in list(self._asked.values()):
            if asking is call:
                receive(None)
