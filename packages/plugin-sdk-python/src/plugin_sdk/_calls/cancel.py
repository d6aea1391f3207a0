"""Ends the call that the host asks to end: a control frame names it, a signal interrupts what it waits for.

User code runs in the main thread, and only there can Python interrupt a blocking call. The control thread notes which
calls are wanted gone; the handler of the signal raises in the main thread. `Cancelled` may therefore appear at any
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

# The host sends this one: a real-time signal, which nothing else uses.
SIGNAL = 40
# And this one is ours to ourselves. Not the same, so that neither is taken for the other.
OWN_SIGNAL = 41
# The signal may be here before the frame that explains it. Code that holds the interpreter lock in C but looks at
# signals (a regular expression) gives the control thread no other chance to read that frame.
FRAME_PATIENCE_SECONDS = 0.02
# How long the main thread is given to act on each of the signals that we send it ourselves.
CHASE_SECONDS = (0.0002, 0.001, 0.005, 0.025, 0.1)
# A cancel may come before its call, or after its answer: those of the second sort stay until newer ones push them out.
REMEMBERED_CANCELS = 4096
# How long the main thread is given to come to an errand, signal after signal; more than five seconds together.
ERRAND_SECONDS = (0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 2.0)
BUSY_IN_NATIVE_CODE = "its main thread is in native code, and has come to no line of Python for some seconds"


class Cancelled(BaseException):
    """Raised inside a call that the host cancelled. Not an `Exception`, so that `except Exception` lets it pass."""


Cancelled.__module__ = "plugin_sdk"


class Cancellation:
    """What runs now, and which calls the host no longer wants. One per process: signals are."""

    def __init__(self) -> None:
        self.main_thread = get_ident()
        self.current: Optional[int] = None
        self.raised = False
        # While true, the main thread is in the middle of something that must not be cut: writing a frame.
        self.held = False
        # Set while an event loop runs the call: cancels its task, and says whether to raise in place as well.
        self.interrupt: Optional[Callable[[], bool]] = None
        self._wanted: dict[int, bool] = {}
        self._deferred = False
        self._installed = False
        # How many cancels were noted, and for how many of them the host's signal was seen.
        self._noted = 0
        self._matched = 0
        self._is_handling = False
        self._came_again = False
        # Whether a frame belongs to code that must not be cut, and will come to its end by itself; see `remind`.
        self.is_protected: Optional[Callable[[FrameType], bool]] = None
        # What the main thread is to do between two of its byte codes.
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
        """From the control thread: `call` is to end. Unknown and answered calls are no concern of ours."""
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
        """Signals the main thread until it has taken notice.

        The host's signal can't reach us from another process table. And one signal, whoever sends it, may be lost on a
        thread that is just about to block: Python has looked for signals, the system call has not begun.
        """
        for delay in CHASE_SECONDS:
            if self.current != call or call not in self._wanted or not self._installed:
                return
            _signal.pthread_kill(self.main_thread, OWN_SIGNAL)
            sleep(delay)

    def remind(self) -> None:
        """From another thread: of a cancel that came while protected code ran."""
        if self.current in self._wanted:
            _signal.pthread_kill(self.main_thread, OWN_SIGNAL)

    def run_in_main(self, function: Callable[[], None]) -> bool:
        """From another thread: has the main thread run `function`, wherever it is. False: it came to no line of Python in time."""
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
            return done.acquire()  # it is at it

    def run(self, call: int, function: Callable[[Any], Any], argument: object) -> tuple[Any, Optional[BaseException]]:
        """`function(argument)` as call `call`: its value, or what it raised.

        Two layers, because Cancelled may strike before the inner one has put `current` back. It can't strike twice in
        this very function: see `_fire`.
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
        """What a call that is to end does on its way out: in peace. Returns what it raised."""
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
        """Whether a cancel struck `call`, or came while it ran; asked once, when the call is over."""
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
            self._came_again = True  # while the first is waiting; a stack of handlers could grow without end
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
        """The host's signal may be faster than the frame that it belongs to."""
        if self._matched < self._noted:
            # That frame has been read. Signals merge, hence never more than one is thought to be still on its way.
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
            return  # the first one is on its way out: this one would escape from `run`
        # Taken out, so that what user code does on its way out is left in peace until the host asks again.
        self._wanted.pop(call, None)
        self.raised = True
        if self.interrupt is None or self.interrupt():
            raise Cancelled
