"""Runs `async def` actions of several calls as tasks of one event loop, which has a thread of its own."""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]
from _thread import allocate_lock, start_new_thread
from time import perf_counter

from .._calls.cancel import Cancelled
from .._calls.streams import Window
from .._calls.unfinished import AsyncGenerator, Coroutine, Generator
from .._python_alone import PythonAlone
from .._wire.frames import CHUNK, END, STREAM, ConnectionLost
from .call import enter

with PythonAlone():
    from asyncio import CancelledError, Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .._calls.coroutines import EventLoop
    from .call import Call, Scheduling


class Tasks:
    def __init__(self, scheduling: Scheduling, events: EventLoop) -> None:
        self._scheduling = scheduling
        self._loop = events.loop
        self._new: Any = deque()
        self._is_called = self._is_flushing = self._is_started = False
        # Calls whose task has taken its first step: before it there is nothing to interrupt.
        self._tasks: dict[int, Any] = {}
        self._running = allocate_lock()

    def start(self) -> None:
        if not self._is_started:
            self._is_started = True
            self._running.acquire()
            start_new_thread(self._serve, ())

    def stop(self) -> None:
        """Returns when another thread may run the loop."""
        if self._is_started:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._running.acquire()

    def submit(self, call: Call, value: Any = None) -> None:
        """Called by any thread. `value`: a coroutine or generator that its action has returned elsewhere."""
        self._new.append((call, value))
        if not self._is_called:  # several calls wake the loop once
            self._is_called = True
            self._loop.call_soon_threadsafe(self._begin)

    def interrupt(self, call: Call) -> None:
        """Called by the control thread."""
        self._soon(self._cancel, call)

    def _soon(self, function: Callable[[Any], None], argument: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, argument)
        except RuntimeError:
            pass  # the loop is closed, so the call has ended

    def _serve(self) -> None:
        try:
            self._loop.run_forever()
        except ConnectionLost:
            self._scheduling.could_not_write()
        except BaseException:
            self._scheduling.give_up()
        finally:
            self._running.release()

    # --- in the loop

    def _begin(self) -> None:
        self._is_called = False
        while self._new:
            call, value = self._new.popleft()
            call.runner = self
            if value is None:
                call.began = perf_counter()
                call.context.run(enter, call)
            self._tasks[call.number] = call.context.run(self._loop.create_task, self._run(call, value))

    def _cancel(self, call: Call) -> None:
        task = self._tasks.get(call.number)
        # A task that has not begun will see that its call is unwanted.
        if task is not None and call.has_begun:
            task.cancel()

    async def _run(self, call: Call, value: Any) -> None:
        call.has_begun = True
        scheduling = self._scheduling
        try:
            value, error = await self._attempt(call, value)
            scheduling.leave_if_forked()
            if type(value) is Generator and Generator in scheduling.unfinished:
                return scheduling.submit(call, value)
            if type(value) is AsyncGenerator and AsyncGenerator in scheduling.unfinished:
                await self._stream(call, value)
                following = scheduling.ended(call)
            else:
                following = scheduling.answer(call, value, error)
            if following is not None:
                scheduling.submit(following)
            self._flush_soon()
        except ConnectionLost:
            self._scheduling.could_not_write()
        except BaseException:
            scheduling.give_up()
        finally:
            self._tasks.pop(call.number, None)

    async def _attempt(self, call: Call, value: Any) -> tuple[Any, Optional[BaseException]]:
        try:
            if call.unwanted:
                raise Cancelled
            if value is None:
                value = call.action.call(call.message[3])
            return (await value if type(value) is Coroutine else value), None
        except BaseException as error:
            if type(value) is Coroutine:
                value.close()  # else Python warns of a coroutine that never began
            return None, error

    def _flush_soon(self) -> None:
        if not self._is_flushing:  # answers that end in the same turn of the loop leave together
            self._is_flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flushing = False
        try:
            self._scheduling.data.flush()
        except ConnectionLost:
            self._scheduling.could_not_write()

    async def _stream(self, call: Call, generator: Any) -> None:
        answers = self._scheduling.answers
        window, event = Window(), Event()

        def receive(message: Any) -> None:
            if message is not None:
                window.taken(message[2])
            event.set()

        call.inbox = lambda message: self._soon(receive, message)
        answers.send_value(STREAM, call.number)
        while True:
            self._flush_soon()
            item, error = await self._next(call, generator, window, event)
            self._scheduling.leave_if_forked()
            if call.unwanted:
                answers.send_error(call.number, await self._close(call, generator) or error or Cancelled(), True)
                return
            if error is None:
                size = answers.send_value(CHUNK, call.number, item)
                window.sent(size)
                if not size:  # it could not be sent, and a FAILURE went instead
                    await self._close(call, generator)
                    return
            elif type(error) is StopAsyncIteration:
                answers.send_value(END, call.number)
                return
            else:
                answers.send_error(call.number, error, False)
                return

    async def _next(
        self, call: Call, generator: Any, window: Window, event: Event
    ) -> tuple[Any, Optional[BaseException]]:
        try:
            while not window.may_go_on and not call.unwanted:
                event.clear()
                await event.wait()
            if call.unwanted:
                return None, Cancelled()
            return await generator.__anext__(), None
        except CancelledError as error:
            return None, Cancelled() if call.unwanted else error
        except BaseException as error:
            return None, error

    async def _close(self, call: Call, generator: Any) -> Optional[BaseException]:
        """Runs the `finally` blocks, uninterrupted, before the host hears of the end. Returns what they raised."""
        self._tasks.pop(call.number, None)
        try:
            await generator.aclose()
        except BaseException as error:
            return error
        return None
