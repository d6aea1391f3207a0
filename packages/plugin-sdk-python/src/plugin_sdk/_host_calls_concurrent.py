"""Calls of other plugins where several calls run: only the one that asks waits."""

from __future__ import annotations

from itertools import count

from ._cancel import Cancelled
from ._host_calls import HostCalls, result_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from ._concurrent import Call, Crew


class ConcurrentHostCalls(HostCalls):
    def __init__(self, crew: Crew) -> None:
        super().__init__(crew.instance)
        self._crew = crew
        self._numbers = count(1)

    def call(self, plugin: str, value: object, action: str, timeout: Optional[float]) -> Any:
        crew = self._crew
        call = self._present()
        inbox = crew.new_queue()
        before = crew.cancellation.hold()
        number = next(self._numbers)
        try:
            self._ask(call, number, inbox.put, (plugin, value, action, timeout))
            # A cancel that came before this could be found wakes nobody: `release` raises it.
            message = None if crew.cancellation.is_deferred else inbox.get()
        finally:
            crew.asked.pop(number, None)
            crew.cancellation.release(before)
        if message is None:
            raise Cancelled
        return result_of(message)

    async def call_async(self, plugin: str, value: object, action: str, timeout: Optional[float]) -> Any:
        from asyncio import get_running_loop

        loop = get_running_loop()
        answer = loop.create_future()

        def settle(message: Any) -> None:
            # A cancel interrupts the task, or the thread of a loop of the plugin's own, which this has woken.
            if message is not None and not answer.done():
                answer.set_result(message)

        def receive(message: Any) -> None:
            try:
                loop.call_soon_threadsafe(settle, message)
            except RuntimeError:
                pass  # the loop is closed: nobody waits any more

        call = self._present()
        before = self._crew.cancellation.hold()
        number = next(self._numbers)
        try:
            self._ask(call, number, receive, (plugin, value, action, timeout))
        finally:
            self._crew.cancellation.release(before)
        try:
            return result_of(await answer)
        finally:
            self._crew.asked.pop(number, None)

    def _present(self) -> Call:
        call = self._crew.present()
        if call is None:
            raise RuntimeError("context.call belongs in a running call, and in its own thread or task")
        return call

    def _ask(self, call: Call, number: int, receive: Callable[[Any], None], what: tuple[Any, ...]) -> None:
        payload, bodies = self._encode(number, call.number, *what)
        self._crew.asked[number] = (call, receive)
        self._crew.data.put(payload, bodies)
        self._crew.data.flush()
