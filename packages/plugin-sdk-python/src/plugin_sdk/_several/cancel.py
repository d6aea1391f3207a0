"""Which of several running calls the host no longer wants. Only the control thread, which hears of it, interrupts anything."""

from __future__ import annotations

from _thread import get_ident

from .._calls.cancel import REMEMBERED_CANCELS
from .worker import load_strike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .scheduler import Call, Crew


class SharedCancellation:
    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        # Cancels whose call has not come yet, or is over: those of the second sort stay until newer ones push them out.
        self._early: dict[int, bool] = {}
        self._strike: Any = None

    @property
    def strike(self) -> Optional[Callable[[int, Any], None]]:
        """Loaded by the first cancel that needs it."""
        if self._strike is None:
            self._strike = load_strike() or False
        return self._strike or None

    def note(self, number: int) -> None:
        """From the control thread: the call is to end. Unknown and answered calls are no concern of ours."""
        # First this, then the look: whoever takes the call looks the other way round. So one of us finds it.
        self._early[number] = True
        call = self._crew.calls.get(number)
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
        worker = self._crew.workers.get(get_ident())
        return worker is None or worker.hold()

    def release(self, before: bool) -> None:
        worker = self._crew.workers.get(get_ident())
        if worker is not None:
            worker.release(before)

    @property
    def is_deferred(self) -> bool:
        """Whether this thread is to be interrupted as soon as it is released."""
        worker = self._crew.workers.get(get_ident())
        return worker is not None and worker.is_deferred

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
        for asking, receive in list(self._crew.asked.values()):
            if asking is call:
                receive(None)
