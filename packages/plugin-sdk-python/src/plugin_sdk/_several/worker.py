"""A thread that runs calls, and how a cancel interrupts it.

The control thread sets `Cancelled` for the thread (PyThreadState_SetAsyncExc), which raises it at one of its next byte
codes. A thread that waits in the system or computes in C raises it later. The exception must reach the call that it is
meant for and nothing else: not the next call of the same thread, not this package while that writes a frame. So

- only the control thread interrupts, and each call at most once;
- it raises `is_being_interrupted`, looks at `current` and `held`, sets the exception, and lowers the flag. The thread first
  changes `current` or `held`, then waits until the flag is down. So in either order the control thread sees the change and
  sets nothing, or the exception is set before the thread goes on;
- `_raise_pending` then raises what has been set and not been raised yet. After it no exception is on its way.
"""

from __future__ import annotations

from _queue import SimpleQueue
from _thread import get_ident
from time import perf_counter, sleep

from .._calls.cancel import Cancelled
from .._calls.streams import Window
from .._calls.unfinished import Generator
from .._wire.frames import CHUNK, END, QUICK_SECONDS, STREAM, ConnectionLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .call import Call, Scheduling
    from .cancel import SharedCancellation

_STEP_SECONDS = 0.0001
_NOTHING = object()


class Worker:
    def __init__(self, scheduling: Scheduling, cancellation: SharedCancellation) -> None:
        self.ident = 0
        # The call whose code runs now. Between the two assignments in `attempt`, and only there, it may be interrupted.
        self.current: Optional[Call] = None
        self.held = False
        self.is_being_interrupted = False
        self.is_deferred = False
        self._scheduling = scheduling
        self._cancellation = cancellation

    def serve(self) -> None:
        """Runs calls until it gets None instead of one."""
        scheduling = self._scheduling
        self.ident = get_ident()
        self._cancellation.threads[self.ident] = self
        try:
            job = scheduling.next_job()
            while job is not None:
                call, value = job
                following = self._run(call, value)
                while following is not None:
                    following = self._run(following)
                scheduling.data.flush()
                job = scheduling.next_job()
        except ConnectionLost:
            self._scheduling.could_not_write()
        except BaseException:
            scheduling.give_up()
        finally:
            del self._cancellation.threads[self.ident]
            scheduling.ended_threads.put(None)

    def _run(self, call: Call, value: Any = None) -> Optional[Call]:
        """Returns the call to run next, if any. `value`: a generator that the call's action has returned elsewhere."""
        scheduling, action = self._scheduling, call.action
        if action.cost > QUICK_SECONDS:
            scheduling.data.flush()
        call.runner = self
        if value is None:
            call.began = perf_counter()
            value, error = self.attempt(call, action.call, call.message[3])
            scheduling.leave_if_forked()
            if type(value) not in scheduling.unfinished:
                return scheduling.answer(call, value, error)
            if type(value) is not Generator:
                scheduling.submit_task(call, value)
                return None
        self._stream(call, value)
        return scheduling.ended(call)

    def attempt(
        self, call: Call, function: Callable[..., Any], *arguments: object
    ) -> tuple[Any, Optional[BaseException]]:
        """`function(*arguments)` as a part of `call`: its value, or what it raised.

        Interrupted at most once, wherever that is: the innermost layer is left by what the function raises, or by the
        interruption; the outermost by the interruption only.
        """
        value: Any = _NOTHING
        error: Optional[BaseException] = None
        try:
            try:
                try:
                    self.held = self.is_deferred = False
                    self.current = call
                    if call.unwanted:
                        raise Cancelled
                    value = call.context.run(function, *arguments)
                finally:
                    self.current = None
            except BaseException as raised:
                error = raised
            self._raise_pending()
        except BaseException as raised:
            self.current = None
            error = error or raised
        return (None, error) if value is _NOTHING else (value, None)

    # --- a cancel

    def interrupt(self, call: Call) -> None:
        """Called by the control thread, once for a call."""
        interrupt = self._cancellation.interrupt  # loaded before the flag is raised, since that takes long
        self.is_being_interrupted = True
        try:
            if self.current is call:
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

    # --- an answer that is a stream

    def _stream(self, call: Call, generator: Any) -> None:
        """Runs as far ahead as the caller allows; this thread waits while it allows nothing."""
        scheduling, answers = self._scheduling, self._scheduling.answers
        inbox: Any = SimpleQueue()
        call.inbox = inbox.put
        window = Window()
        answers.send_value(STREAM, call.number)
        while True:
            scheduling.data.flush()  # the next step may take long, and no chunk waits for it
            while not call.unwanted and not (window.may_go_on and inbox.empty()):
                message = inbox.get()
                if message is not None:
                    window.taken(message[2])
            item, error = self.attempt(call, next, generator)
            scheduling.leave_if_forked()
            if call.unwanted:
                answers.send_error(call.number, self._close(call, generator) or error or Cancelled(), True)
                return
            if error is None:
                size = answers.send_value(CHUNK, call.number, item)
                window.sent(size)
                if not size:  # it could not be sent, and a FAILURE went instead
                    self._close(call, generator)
                    return
            elif type(error) is StopIteration:
                answers.send_value(END, call.number, error.value)
                return
            else:
                answers.send_error(call.number, error, False)
                return

    def _close(self, call: Call, generator: Any) -> Optional[BaseException]:
        """Runs the `finally` blocks, uninterrupted, before the host hears of the end. Returns what they raised."""
        try:
            call.context.run(generator.close)
        except BaseException as error:
            return error
        finally:
            self._scheduling.leave_if_forked()
        return None
