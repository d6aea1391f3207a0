"""How one thread interrupts the work of another, and nothing else of it.

Another thread sets `Cancelled` for the thread (PyThreadState_SetAsyncExc), which raises it at one of its next byte
codes. A thread that waits in the system or computes in C raises it later. The exception must reach the work that it is
meant for and nothing else: not the next work of the same thread, not this package while that writes a frame. So

- only one thread interrupts, and each work at most once;
- it raises `is_being_interrupted`, looks at `current` and `held`, sets the exception, and lowers the flag. The thread first
  changes `current` or `held`, then waits until the flag is down. So in either order the interrupting thread sees the change and
  sets nothing, or the exception is set before the thread goes on;
- `_raise_pending` then raises what has been set and not been raised yet. After it no exception is on its way.
"""

from __future__ import annotations

from time import sleep

from .._calls.cancel import Cancelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Protocol

    from .interrupt import Interrupt

    class Work(Protocol):
        # Whether the host wants no more of it.
        unwanted: bool


_STEP_SECONDS = 0.0001
_NOTHING = object()


class Interruptible:
    """A thread that does one work after the other."""

    def __init__(self) -> None:
        self.ident = 0
        # The work that is done now. Between the two assignments in `do`, and only there, it may be interrupted.
        self.current: Optional[Work] = None
        self.held = False
        self.is_being_interrupted = False
        self.is_deferred = False

    def do(self, work: Work, function: Callable[..., Any], *arguments: object) -> tuple[Any, Optional[BaseException]]:
        """`function(*arguments)` as a part of `work`: its value, or what it raised.

        Interrupted at most once, wherever that is: the innermost layer is left by what the function raises, or by the
        interruption; the outermost by the interruption only.
        """
        value: Any = _NOTHING
        error: Optional[BaseException] = None
        try:
            try:
                try:
                    self.held = self.is_deferred = False
                    self.current = work
                    if work.unwanted:
                        raise Cancelled
                    value = function(*arguments)
                finally:
                    self.current = None
            except BaseException as raised:
                error = raised
            self._raise_pending()
        except BaseException as raised:
            self.current = None
            error = error or raised
        return (None, error) if value is _NOTHING else (value, None)

    def interrupt_by(self, interrupt: Optional[Interrupt], work: Work) -> None:
        """Called by the thread that interrupts, once for a work. `interrupt` was loaded before: that takes long."""
        self.is_being_interrupted = True
        try:
            if self.current is work:
                if self.held:
                    self.is_deferred = True
                elif interrupt is not None:
                    interrupt(self.ident, Cancelled)
        finally:
            self.is_being_interrupted = False

    def hold(self) -> bool:
        """Called by this thread: keeps Cancelled away from its next steps. Returns what `release` takes."""
        before = self.held
        if not before:
            self.held = True
            try:
                self._raise_pending()
            except BaseException:
                self.held = False
                raise
        return before

    def release(self, before: bool) -> None:
        self.held = before
        if before:
            return
        self._wait_for_interrupter()
        if self.is_deferred:
            self.is_deferred = False
            raise Cancelled

    def _raise_pending(self) -> None:
        self._wait_for_interrupter()
        # Python raises what was set at each turn of a loop.
        for _ in (1, 2):
            pass

    def _wait_for_interrupter(self) -> None:
        while self.is_being_interrupted:
            sleep(_STEP_SECONDS)
