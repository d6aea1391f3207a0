"""Runs `async def` methods to their end, one after the other, on one event loop that lives as long as the instance."""

from __future__ import annotations

from _thread import _count

from .._python_alone import PythonAlone

with PythonAlone():
    import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, Callable

    from .cancel import Cancellation


# The one that reads control.
_OWN_THREADS = 1


class EventLoop:
    def __init__(self, cancellation: Cancellation, own_threads: int = _OWN_THREADS) -> None:
        """`own_threads`: how many work for this package; others may hand the loop work at any time."""
        self._cancellation = cancellation
        self.loop = asyncio.new_event_loop()
        # On Python 3.9 a lock or queue made in `initialize` binds itself to the loop that is set then.
        asyncio.set_event_loop(self.loop)
        # Whether something would happen if the loop ran: a task, a timer, a connection, what another thread hands it.
        self.has_work = _work_of(self.loop, own_threads)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        loop, cancellation = self.loop, self._cancellation
        before = cancellation.hold()
        try:
            task = loop.create_task(coroutine)

            def interrupt() -> bool:
                """True only in the task's own code: anywhere else the exception would break the loop."""
                if cancellation.raises_in_tasks and asyncio.current_task(loop) is task:
                    return True
                loop.call_soon_threadsafe(task.cancel)
                return False

            cancellation.interrupt = interrupt
        finally:
            cancellation.release(before)
        try:
            return loop.run_until_complete(task)
        finally:
            cancellation.interrupt = None
            if task.done() and not task.cancelled():
                task.exception()  # else asyncio warns that the exception was never retrieved

    def run_until_readable(self, fd: int) -> None:
        """For one turn at least."""
        loop = self.loop
        loop.add_reader(fd, loop.stop)
        try:
            loop.run_forever()
        finally:
            loop.remove_reader(fd)

    def close(self) -> None:
        """Cancels the tasks that still run in the background, and waits for them."""
        loop = self.loop
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


def _work_of(loop: Any, own_threads: int) -> Callable[[], bool]:
    if not isinstance(loop, asyncio.SelectorEventLoop):  # uvloop, say
        return lambda: True
    parts: Any = loop
    watched = parts._selector.get_map()
    own = len(watched)
    # Threads first: one that ends meanwhile has handed over its work before.
    return lambda: bool(
        _count() > own_threads or parts._ready or parts._scheduled or len(watched) > own or parts._signal_handlers
    )


class Arrivals:
    """Lets tasks wait for the next message of the host, while other tasks go on."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting: list[asyncio.Future[None]] = []

    async def next(self) -> None:
        """Any message wakes all that wait. Each then reads, or looks for what it waits for, itself."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if not self._waiting:
            loop.add_reader(self._fd, self.wake)
        self._waiting.append(future)
        try:
            await future
        finally:
            self._waiting.remove(future)
            if not self._waiting:
                loop.remove_reader(self._fd)

    def wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
