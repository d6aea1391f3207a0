"""Which of several running calls the host no longer wants. Only the control thread, which hears of it, interrupts anything."""

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
    """Who waits for the host, and in which call: by the number of the question, or by the feed of the input stream."""


class SharedCancellation:
    def __init__(self, calls: dict[int, Call], asked: Asked) -> None:
        self._calls = calls
        self._asked = asked
        # The threads that run calls, by their ident.
        self.threads: dict[int, Thread] = {}
        # Cancels whose call has not come yet, or is over: those of the second sort stay until newer ones push them out.
        self._early: dict[int, bool] = {}
        self._interrupt: Optional[Interrupt] = None
        self._is_loaded = False

    @property
    def interrupt(self) -> Optional[Interrupt]:
        """Loaded by the first cancel that needs it; None where Python can't."""
        if not self._is_loaded:
            self._is_loaded = True
            self._interrupt = load_interrupt()
        return self._interrupt

    def note(self, number: int) -> None:
        """From the control thread: the call is to end. Unknown and answered calls are no concern of ours."""
        # First this, then the look: whoever takes the call looks the other way round. So one of us finds it.
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
        """From the main thread, once others can find the call."""
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
        """Whether this thread is to be interrupted as soon as it is released."""
        thread = self.threads.get(get_ident())
        return thread is not None and thread.is_deferred

    def forget(self) -> None:
        """In a forked child nobody listens to the host."""

    def _cancel(self, call: Call) -> None:
        call.unwanted = True
        runner = call.runner
        if runner is not None:
            runner.interrupt(call)
        # Only now those that are asleep in our own code: what wakes them finds the interruption noted.
        if call.inbox is not None:
            call.inbox(None)
        for asking, receive in list(self._asked.values()):
            if asking is call:
                receive(None)
