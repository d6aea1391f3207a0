"""Runs several calls at the same time, if the plugin's author asks for it.

The main thread only reads. `def` actions run in threads, which start as they are needed; `async def` actions are tasks of
one event loop in a thread of its own (tasks.py). No more run at once than was agreed; other calls wait here. The thread that
finishes an answer writes it.
"""

from __future__ import annotations

import sys
from _collections import deque  # type: ignore[import-not-found]
from _queue import SimpleQueue
from _thread import allocate_lock, get_ident, start_new_thread
from time import perf_counter

# Imported ahead of the threads, though not used here: a cancel that interrupts an import might leave its lock held.
from .._author import locks as _locks  # noqa: F401
from .._author.actions import names_of
from .._author.plugin import PluginBase
from .._calls import failure as _failure  # noqa: F401
from .._calls.answers import Answers
from .._calls.cancel import Cancelled
from .._calls.unfinished import GENERATORS, Coroutine
from .._wire.end import flush_standard_streams
from .._wire.frames import (
    CALL,
    CREDIT,
    HOST_FAILURE,
    HOST_RESULT,
    INPUT_CHUNK,
    INPUT_END,
    RESULT,
    SHUTDOWN,
    ConnectionLost,
)
from .._wire.shared_data import SharedDataChannel
from .call import Call, CurrentCall
from .cancel import Asked, SharedCancellation
from .host_calls import ConcurrentHostCalls
from .input_streams import ConcurrentInputStreams
from .worker import Worker

try:
    from posix import _exit
except ImportError:  # see frames.py
    from os import _exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .._author.actions import Action
    from .._calls.connection import Connection
    from .._calls.coroutines import EventLoop
    from .last_call import LastCall
    from .tasks import Tasks


# For what belongs to the thread that made it, such as a connection of sqlite3 or a signal handler.
_ABOUT_THREADS = "with `concurrency` over 1, actions run in other threads than initialize and than one another"


class Scheduler:
    def __init__(
        self,
        connection: Connection,
        concurrency: int,
        event_loop: Callable[[], EventLoop],
    ) -> None:
        self._connection = connection
        self._event_loop = event_loop
        # Once there is one.
        self.events: Optional[EventLoop] = None
        self._actions: dict[str, Action] = {}
        self.data = connection.data = SharedDataChannel(connection.data)
        self.answers = Answers(self.data, _ABOUT_THREADS)
        self.unfinished = frozenset((Coroutine,))
        if self.data.has_agreed("streams"):
            self.unfinished |= GENERATORS
        self._calls: dict[int, Call] = {}
        self._asked = Asked()
        self._cancellation = connection.control.cancellation = SharedCancellation(self._calls, self._asked)
        self._inputs = ConcurrentInputStreams(self.data, self._cancellation, self._asked)
        host_calls = ConcurrentHostCalls(connection, self._cancellation, self._asked)
        PluginBase.context.connect(connection, CurrentCall(), host_calls)
        self._concurrency = concurrency
        self._lock = allocate_lock()
        # Calls that run, or are about to; the others wait in their order.
        self._active = 0
        self._backlog: Any = deque()
        self._jobs: Any = SimpleQueue()
        # Each thread puts something there as its last step.
        self.ended_threads: Any = SimpleQueue()
        self._threads = self._resting = self._unclaimed = 0
        self._tasks: Optional[Tasks] = None
        self._last_call: Optional[LastCall] = None

    # --- the main thread

    def serve(self, actions: dict[str, Action]) -> None:
        """Until SHUTDOWN, and the end of every call before it."""
        self._actions = actions
        self.data.reading_thread = get_ident()
        if self.events is not None:
            self._event_tasks()  # what `initialize` left running in the background goes on
        try:
            self._take_messages()
        except ConnectionLost:
            if self.is_idle and self._tasks is not None:
                self._tasks.stop()  # `cleanup` may need the loop
            self._dismiss_threads()
            raise
        self.data.reading_thread = None
        self._dismiss_threads()
        for _ in range(self._threads):
            self.ended_threads.get()
        if self._tasks is not None:
            self._tasks.stop()
        if self._last_call is not None:
            self._last_call.close()

    def _dismiss_threads(self) -> None:
        for _ in range(self._threads):
            self._jobs.put(None)

    def _take_messages(self) -> None:
        is_leaving = False
        while not is_leaving or self._awaits_message():
            message = self.data.next_message()
            kind = message[0]
            if kind == CALL:
                self._take(message)
            elif kind in (CREDIT, HOST_RESULT, HOST_FAILURE):
                self._deliver(message)
            elif kind in (INPUT_CHUNK, INPUT_END):
                self._inputs.receive(message)
            elif kind == SHUTDOWN:
                is_leaving = True
            else:
                raise RuntimeError("the host sent a message of unknown kind %r" % (kind,))

    @property
    def is_idle(self) -> bool:
        return not self._calls

    def _take(self, message: Any) -> None:
        number, name = message[1], message[2]
        action = self._actions.get(name)
        if action is None:
            self.answers.refuse_unknown(number, name, names_of(self._actions))
            return
        if len(message) > 5:
            self._inputs.open(message)
        call = Call(message, action)
        self._calls[number] = call
        self._cancellation.began(call)
        with self._lock:
            if self._active >= self._concurrency:
                self._backlog.append(call)
                return
            self._active += 1
        self._start(call)

    def _deliver(self, message: Any) -> None:
        """Hands a message to the call that waits for it in another thread. Without such a call it is dropped."""
        kind, number = message[0], message[1]
        receive: Optional[Callable[[Any], object]]
        if kind == HOST_RESULT or kind == HOST_FAILURE:
            _, receive = self._asked.pop(number, (None, None))
        else:
            call = self._calls.get(number)
            receive = None if call is None else call.inbox
            if call is not None and kind == CREDIT and not message[2]:
                self._end(call)
        if receive is not None:
            receive(message)

    def _end(self, call: Call) -> None:
        """The host wants no more of the call. If it has not begun it is answered here: its turn may come late."""
        call.unwanted = True
        with self._lock:
            try:
                self._backlog.remove(call)
            except ValueError:
                return
        self.answers.send_error(call.number, Cancelled(), True)
        self._forget(call)

    def _awaits_message(self) -> bool:
        """Waits until a message is here (True), or all calls have ended (False)."""
        if self._last_call is None:
            from .last_call import LastCall

            self._last_call = LastCall(self.data)
        return self._last_call.awaits_message(lambda: bool(self._calls))

    # --- any thread

    def _event_tasks(self) -> Tasks:
        from .tasks import Tasks

        with self._lock:
            if self._tasks is None:
                self._tasks = Tasks(self, self._event_loop())
                self._tasks.start()
            return self._tasks

    def _start(self, call: Call) -> None:
        if call.action.needs_event_loop:
            self.submit_task(call)
        else:
            self.submit(call)

    def submit_task(self, call: Call, value: Any = None) -> None:
        self._event_tasks().submit(call, value)

    def submit(self, call: Call, value: Any = None) -> None:
        """Gives it to an idle thread, or to a new one. There are never more threads than calls that may run."""
        with self._lock:
            self._jobs.put((call, value))
            self._unclaimed += 1
            if self._resting >= self._unclaimed or self._threads >= self._concurrency:
                return
            self._threads += 1
        start_new_thread(Worker(self, self._cancellation).serve, ())

    def next_job(self) -> Any:
        with self._lock:
            self._resting += 1
        job = self._jobs.get()
        with self._lock:
            self._resting -= 1
            self._unclaimed -= 1
        return job

    def answer(self, call: Call, value: Any, error: Optional[BaseException]) -> Optional[Call]:
        """Sends its RESULT or FAILURE; otherwise as `ended`."""
        if error is None:
            self.answers.send_value(RESULT, call.number, value)
        else:
            self.answers.send_error(call.number, error, call.unwanted)
        call.action.took(perf_counter() - call.began)
        return self.ended(call)

    def ended(self, call: Call) -> Optional[Call]:
        """The call was answered. Returns the waiting call that takes its place, if the asking thread can run it."""
        with self._lock:
            following = self._backlog.popleft() if self._backlog else None
            if following is None:
                self._active -= 1
        self._forget(call)
        if following is None or not following.action.needs_event_loop:
            return following
        self.submit_task(following)
        return None

    def _forget(self, call: Call) -> None:
        call.is_over = True
        call.message[3] = None  # another message may be received into its memory
        del call.context  # it holds the call: the two would wait for the collector, and the plugin with them
        if len(call.message) > 5:
            self._inputs.end(call.number)
        self._calls.pop(call.number, None)
        if self._last_call is not None and not self._calls:
            self._last_call.ended()

    def could_not_write(self) -> None:
        if not self._connection.is_forked:
            self._connection.descriptors.end_if_broken()

    def leave_if_forked(self) -> None:
        """Ends a child that the plugin forked inside a call: it has neither host nor calls."""
        if self._connection.is_forked:
            flush_standard_streams()
            _exit(0)

    def give_up(self) -> None:
        """An exception outside of every call is a mistake of this package: ends the instance, which might hang otherwise."""
        self.leave_if_forked()
        if sys.exc_info()[0] is SystemExit:
            return  # the plugin of a group was asked to end
        self._connection.descriptors.check()
        sys.excepthook(*sys.exc_info())
        flush_standard_streams()
        _exit(1)
