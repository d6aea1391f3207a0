"""Ends the call that the host asks to end: a control frame names the call, a signal interrupts its wait.

User code runs in the main thread, and only there can Python interrupt a blocking call. The control thread notes which
calls are to end; the handler of the signal raises in the main thread. `Cancelled` may therefore appear at any
byte code between the two assignments of `current` in `run`, and nowhere else.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
from _thread import allocate_lock, get_ident
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable, Optional

# The host sends this real-time signal, which nothing else uses.
SIGNAL = 40
# This process sends itself this one. Two numbers, so that the handler can tell them apart.
OWN_SIGNAL = 41
# The signal may be here before the frame that explains it. Code that holds the interpreter lock in C but looks at
# signals (a regular expression) gives the control thread no other chance to read that frame.
FRAME_PATIENCE_SECONDS = 0.02
# How long to wait for the main thread after each signal that this process sends itself.
CHASE_SECONDS = (0.0002, 0.001, 0.005, 0.025, 0.1)
# A cancel may come before its call, or after its answer. One that comes after stays until newer ones push it out.
REMEMBERED_CANCELS = 4096
# How long to wait for the main thread to run an errand, signal after signal; more than five seconds in all.
ERRAND_SECONDS = (0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 2.0)
BUSY_IN_NATIVE_CODE = "its main thread is in native code, and has come to no line of Python for some seconds"


class Cancelled(BaseException):
    """Raised inside a call that the host cancelled. Not an `Exception`, so that `except Exception` lets it pass."""


Cancelled.__module__ = "plugin_sdk"


class Cancellation:
    """The running call, and the calls that the host wants to end. One per process, as signals are."""

    # Whether it can raise Cancelled in a task at once. Where another thread interrupts, the task may have paused by then.
    raises_in_tasks = True

    def __init__(self) -> None:
        self.main_thread = get_ident()
        self.current: Optional[int] = None
        self.raised = False
        # True while the main thread does something that must not be interrupted, such as writing a frame.
        self.held = False
        # Set while an event loop runs the call. Cancels the call's task; True: raise Cancelled as well.
        self.interrupt: Optional[Callable[[], bool]] = None
        self._wanted: dict[int, bool] = {}
        self._deferred = False
        self._installed = False
        # The number of cancels noted, and of those whose signal from the host was seen.
        self._noted = 0
        self._matched = 0
        self._is_handling = False
        self._came_again = False
        # Whether a frame belongs to code that must not be interrupted, and that ends by itself; see `remind`.
        self.is_protected: Optional[Callable[[FrameType], bool]] = None
        # Functions for the main thread to run between two of its byte codes.
        self._errands: list[Callable[[], None]] = []
        self._run_code = self.run.__func__.__code__  # type: ignore[attr-defined]

    def install(self) -> None:
        _signal.signal(SIGNAL, self._on_signal)
        _signal.signal(OWN_SIGNAL, self._on_signal)
        self._installed = True

    @property
    def requested(self) -> bool:
        """Whether the host asked for the running call to end."""
        current = self.current
        return current is not None and (self.raised or current in self._wanted)

    def note(self, call: int) -> None:
        """Called by the control thread: `call` is to end. Unknown and answered calls are ignored."""
        wanted = self._wanted
        wanted[call] = True
        while len(wanted) > REMEMBERED_CANCELS:
            try:
                wanted.pop(next(iter(wanted)), None)
            except (RuntimeError, StopIteration):
                continue  # the main thread took one out just now
        self._noted += 1
        self._chase(call)

    def _chase(self, call: int) -> None:
        """Signals the main thread until it reacts.

        The host's signal can't reach this process from another process table. Any single signal may be lost on a thread
        that is about to block: Python has checked for signals, and the system call has not begun.
        """
        for delay in CHASE_SECONDS:
            if self.current != call or call not in self._wanted or not self._installed:
                return
            _signal.pthread_kill(self.main_thread, OWN_SIGNAL)
            sleep(delay)

    def remind(self) -> None:
        """Called by another thread: repeats a cancel that came while protected code ran."""
        if self.current in self._wanted:
            _signal.pthread_kill(self.main_thread, OWN_SIGNAL)

    def run_in_main(self, function: Callable[[], None]) -> bool:
        """Called by another thread: the main thread runs `function` in between. False: it reached no line of Python in time."""
        if not self._installed:
            return False
        done = allocate_lock()
        done.acquire()

        def errand() -> None:
            before = self.hold()
            try:
                function()
            finally:
                done.release()
                self.release(before)

        self._errands.append(errand)
        for patience in ERRAND_SECONDS:
            _signal.pthread_kill(self.main_thread, OWN_SIGNAL)
            if done.acquire(True, patience):
                return True
        try:
            self._errands.remove(errand)
            return False
        except ValueError:
            return done.acquire()  # it is running

    def run(self, call: int, function: Callable[[Any], Any], argument: object) -> tuple[Any, Optional[BaseException]]:
        """`function(argument)` as call `call`: its value, or what it raised.

        Two layers, because Cancelled may be raised before the inner one has reset `current`. It can't be raised twice in
        this function: see `_fire`.
        """
        try:
            try:
                self.raised = False
                self.current = call
                if call in self._wanted:
                    self.raised = True
                    raise Cancelled
                return function(argument), None
            finally:
                self.current = None
        except BaseException as error:
            self.current = None
            return None, error

    def run_out(self, call: int, function: Callable[[], Any]) -> Optional[BaseException]:
        """Runs the clean-up of a call that is to end, without interrupting it. Returns what it raised."""
        before = self.hold()
        try:
            self.raised = True
            self.current = call
            function()
        except BaseException as error:
            return error
        finally:
            self.current = None
            self._wanted.pop(call, None)
            self._deferred = False
            self.held = before
        return None

    def was_requested_for(self, call: int) -> bool:
        """Whether a cancel interrupted `call`, or came while it ran. To be asked once, when the call is over."""
        return self._wanted.pop(call, False) or self.raised

    def hold(self) -> bool:
        """Keeps Cancelled away from the main thread's next steps. Returns what `release` has to be given."""
        before = self.held
        if get_ident() == self.main_thread:
            self.held = True
        return before

    def release(self, before: bool) -> None:
        if get_ident() != self.main_thread:
            return
        self.held = before
        if self._deferred and not before:
            self._deferred = False
            self._fire(None)

    def forget(self) -> None:
        """In a forked child, which answers no calls."""
        self.current = None
        self._installed = False

    def _on_signal(self, number: int, frame: Optional[FrameType]) -> None:
        while self._errands:
            self._errands.pop()()
        if self._is_handling:
            self._came_again = True  # while the first one waits; nested handlers could pile up
            return
        while True:
            self._is_handling = True
            self._came_again = False
            try:
                if number == SIGNAL:
                    self._await_frame()
                if self.current in self._wanted:
                    if self.held:
                        self._deferred = True
                    elif self.is_protected is None or frame is None or not self.is_protected(frame):
                        self._fire(frame)
            finally:
                self._is_handling = False
            if not self._came_again:
                return
            number = OWN_SIGNAL

    def _await_frame(self) -> None:
        """The host's signal may arrive before its frame."""
        if self._matched < self._noted:
            # The control thread has read that frame. Signals merge, so count at most one as still on its way.
            self._matched = max(self._matched + 1, self._noted - 1)
            return
        deadline = monotonic() + FRAME_PATIENCE_SECONDS
        while self.current is not None and self._matched == self._noted and monotonic() < deadline:
            sleep(0.0002)
        if self._matched < self._noted:
            self._matched += 1

    def _fire(self, frame: Optional[FrameType]) -> None:
        call = self.current
        if call is None or call not in self._wanted:
            return
        if self.raised and frame is not None and frame.f_code is self._run_code:
            return  # the first exception is leaving `run`; a second one would escape from it
        # Taken out, so that user code can clean up undisturbed until the host asks again.
        self._wanted.pop(call, None)
        self.raised = True
        if self.interrupt is None or self.interrupt():
            raise Cancelled
