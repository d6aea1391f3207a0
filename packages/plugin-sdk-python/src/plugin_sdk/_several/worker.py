"""A thread that runs calls. interruptible.py says how a cancel interrupts it."""

from __future__ import annotations

from _queue import SimpleQueue
from _thread import get_ident
from time import perf_counter

from .._calls.cancel import Cancelled
from .._calls.streams import Window
from .._calls.unfinished import Generator
from .._wire.frames import CHUNK, END, QUICK_SECONDS, STREAM, ConnectionLost
from .call import run_action
from .interruptible import Interruptible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .call import Call, Scheduling
    from .cancel import SharedCancellation


class Worker(Interruptible):
    def __init__(self, scheduling: Scheduling, cancellation: SharedCancellation) -> None:
        super().__init__()
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
        scheduling = self._scheduling
        if call.action.cost > QUICK_SECONDS:
            scheduling.data.flush()
        call.runner = self
        if value is None:
            call.began = perf_counter()
            value, error = self.do(call, call.context.run, run_action, call)
            scheduling.leave_if_forked()
            if type(value) not in scheduling.unfinished:
                return scheduling.answer(call, value, error)
            if type(value) is not Generator:
                scheduling.submit_task(call, value)
                return None
        self._stream(call, value)
        return scheduling.ended(call)

    def interrupt(self, call: Call) -> None:
        """Called by the control thread, once for a call."""
        self.interrupt_by(self._cancellation.interrupt, call)

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
            item, error = self.do(call, call.context.run, next, generator)
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
