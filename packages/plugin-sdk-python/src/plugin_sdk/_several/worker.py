"""A thread that runs calls, and how a cancel gets into it.

`Cancelled` is set for the thread from outside (PyThreadState_SetAsyncExc), and raised by it at one of its next byte codes,
if those are Python's: what waits in the system or computes in C is not reached. It must strike the call that it is meant for,
and nothing else: not the next call of the same thread, and not this package while that writes a frame. So

- only the control thread strikes, and each call at most once;
- it raises `is_being_struck`, looks at `current` and `held`, strikes, and lowers it. The thread first changes `current` or
  `held`, then waits until `is_being_struck` is down. So whatever order the two come in, either the control thread sees the
  change and lets be, or the thread has been struck before it goes on;
- `calm` then raises what has been set and not been raised yet. Behind it nothing is on its way.
"""

from __future__ import annotations

from _thread import get_ident
from time import perf_counter, sleep

from .._calls.cancel import Cancelled
from .._calls.streams import Window
from .._calls.unfinished import Generator
from .._wire.frames import CHUNK, END, QUICK_SECONDS, STREAM, ConnectionLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .scheduler import Call, Crew

_STEP_SECONDS = 0.0001
_NOTHING = object()


class Worker:
    def __init__(self, crew: Crew) -> None:
        self.ident = 0
        # The call whose code runs now. Between the two assignments in `attempt`, and only there, it may be struck.
        self.current: Optional[Call] = None
        self.held = False
        self.is_being_struck = False
        self.is_deferred = False
        self._crew = crew

    def serve(self) -> None:
        """Until it is given None in place of a call."""
        crew = self._crew
        self.ident = get_ident()
        crew.workers[self.ident] = self
        try:
            job = crew.next_job()
            while job is not None:
                call, value = job
                following = self._run(call, value)
                while following is not None:
                    following = self._run(following)
                crew.data.flush()
                job = crew.next_job()
        except ConnectionLost:
            pass  # the reading threads see it too, and end the process
        except BaseException:
            crew.give_up()
        finally:
            del crew.workers[self.ident]

    def _run(self, call: Call, value: Any = None) -> Optional[Call]:
        """Returns the call that takes its place, if this thread is to run it. `value`: a generator that it has begun with."""
        crew, action = self._crew, call.action
        if action.cost > QUICK_SECONDS:
            crew.data.flush()
        call.runner = self
        if value is None:
            call.began = perf_counter()
            value, error = self.attempt(call, action.call, call.message[3])
            crew.leave_if_forked()
            if type(value) not in crew.unfinished:
                return crew.answer(call, value, error)
            if type(value) is not Generator:
                crew.tasks.submit(call, value)
                return None
        self._stream(call, value)
        return crew.ended(call)

    def attempt(
        self, call: Call, function: Callable[..., Any], *arguments: object
    ) -> tuple[Any, Optional[BaseException]]:
        """`function(*arguments)` as a part of `call`: its value, or what it raised.

        Struck at most once, wherever that is: the innermost layer is left by what the function raises, or by the strike; the
        outermost by the strike only.
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
            self._calm()
        except BaseException as raised:
            self.current = None
            error = error or raised
        return (None, error) if value is _NOTHING else (value, None)

    # --- a cancel

    def interrupt(self, call: Call) -> None:
        """From the control thread, once for a call."""
        strike = self._crew.cancellation.strike  # loaded before the flag is up: that takes long
        self.is_being_struck = True
        try:
            if self.current is call:
                if self.held:
                    self.is_deferred = True
                elif strike is not None:
                    strike(self.ident, Cancelled)
        finally:
            self.is_being_struck = False

    def hold(self) -> bool:
        """From this thread: keeps Cancelled away from its next steps. Returns what `release` has to be given."""
        before = self.held
        if not before:
            self.held = True
            try:
                self._calm()
            except BaseException:
                self.held = False
                raise
        return before

    def release(self, before: bool) -> None:
        self.held = before
        if before:
            return
        self._wait_for_striker()
        if self.is_deferred:
            self.is_deferred = False
            raise Cancelled

    def _calm(self) -> None:
        self._wait_for_striker()
        # Each turn of a loop is a point at which what has been set is raised.
        for _ in (1, 2):
            pass

    def _wait_for_striker(self) -> None:
        while self.is_being_struck:
            sleep(_STEP_SECONDS)

    # --- an answer that is a stream

    def _stream(self, call: Call, generator: Any) -> None:
        """As far ahead as the caller lets it; while that is not at all, this thread waits."""
        crew, instance = self._crew, self._crew.instance
        inbox = crew.new_queue()
        call.inbox = inbox.put
        window = Window()
        instance.send_value(STREAM, call.number)
        while True:
            crew.data.flush()  # nobody knows how long the next step takes: no chunk waits for it
            while not call.unwanted and not (window.may_go_on and inbox.empty()):
                message = inbox.get()
                if message is not None:
                    window.taken(message[2])
            item, error = self.attempt(call, next, generator)
            crew.leave_if_forked()
            if call.unwanted:
                instance.send_error(call.number, self._close(call, generator) or error or Cancelled(), True)
                return
            if error is None:
                size = instance.send_value(CHUNK, call.number, item)
                window.sent(size)
                if not size:  # it can't cross, and the host has been told
                    self._close(call, generator)
                    return
            elif type(error) is StopIteration:
                instance.send_value(END, call.number, error.value)
                return
            else:
                instance.send_error(call.number, error, False)
                return

    def _close(self, call: Call, generator: Any) -> Optional[BaseException]:
        """In peace: the `finally` blocks run before the host hears that it has ended. Returns what they raised."""
        try:
            call.context.run(generator.close)
        except BaseException as error:
            return error
        finally:
            self._crew.leave_if_forked()
        return None


def load_strike() -> Optional[Callable[[int, Any], None]]:
    """What raises an exception in another thread; None where Python was built without ctypes."""
    try:
        from ctypes import c_ulong, py_object, pythonapi
    except ImportError:
        return None
    set_exception = pythonapi.PyThreadState_SetAsyncExc

    def strike(ident: int, exception: Any) -> None:
        set_exception(c_ulong(ident), py_object(exception))

    return strike
