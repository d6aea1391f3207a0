"""Cancels the one call that a plugin's thread runs. Signals reach only the main thread, so another thread interrupts it."""

from __future__ import annotations

from _thread import get_ident

from .._calls.cancel import REMEMBERED_CANCELS, Cancellation
from .._several.interrupt import load_interrupt
from .._several.interruptible import Interruptible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .._several.interrupt import Interrupt


class _Call:
    """What of one call the thread does at a time: all of it, or a step of a stream."""

    __slots__ = ("number", "unwanted")

    def __init__(self, number: int, unwanted: bool) -> None:
        self.number = number
        self.unwanted = unwanted


class ThreadCancellation(Cancellation):
    """Made by the plugin's thread."""

    raises_in_tasks = False

    def __init__(self) -> None:
        super().__init__()
        self._thread = Interruptible()
        self._thread.ident = self.main_thread
        self._set_exception: Optional[Interrupt] = None
        self._is_loaded = False
        self._call: Optional[_Call] = None

    def install(self) -> None:
        """Nothing: the handlers of signals are the process's."""

    def note(self, call: int) -> None:
        if not self._is_loaded:
            self._is_loaded = True
            self._set_exception = load_interrupt()
        wanted = self._wanted
        # First the note, then the look. The thread does it the other way round, so one of the two finds the other.
        wanted[call] = True
        running = self._call
        if running is not None and running.number == call and not running.unwanted:
            running.unwanted = self.raised = True
            interrupt_task = self.interrupt
            if interrupt_task is None:
                self._thread.interrupt_by(self._set_exception, running)
            else:
                interrupt_task()
        while len(wanted) > REMEMBERED_CANCELS:
            try:
                wanted.pop(next(iter(wanted)), None)
            except (RuntimeError, StopIteration):
                continue  # the plugin's thread took one out just now

    def remind(self) -> None: ...

    def run_in_main(self, function: Callable[[], None]) -> bool:
        return False

    def run(self, call: int, function: Callable[[Any], Any], argument: object) -> tuple[Any, Optional[BaseException]]:
        running = self._call = _Call(call, False)
        self.current = call
        running.unwanted = self.raised = call in self._wanted
        try:
            return self._thread.do(running, function, argument)
        finally:
            self.current = None
            self._call = None

    def run_out(self, call: int, function: Callable[[], Any]) -> Optional[BaseException]:
        self.current = call
        self.raised = True
        self._wanted[call] = True
        try:
            function()
        except BaseException as error:
            return error
        finally:
            self.current = None
            self._wanted.pop(call, None)
        return None

    @property
    def requested(self) -> bool:
        return self.current in self._wanted

    def hold(self) -> bool:
        return self._thread.hold() if get_ident() == self.main_thread else False

    def release(self, before: bool) -> None:
        if get_ident() == self.main_thread:
            self._thread.release(before)

    def forget(self) -> None:
        self.current = None
