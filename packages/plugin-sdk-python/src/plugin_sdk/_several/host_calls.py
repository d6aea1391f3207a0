"""Lets one of several running calls ask the host: only the call that asks waits."""

from __future__ import annotations

from _queue import SimpleQueue
from itertools import count

from .._calls.cancel import Cancelled
from .._calls.host_calls import CALLED, HostCalls, ensure_offered, result_of
from .._codec.codec import encode
from .._wire.frames import RELEASE
from .call import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .._calls.connection import Connection
    from .call import Call
    from .cancel import Asked, SharedCancellation


class ConcurrentHostCalls(HostCalls):
    def __init__(self, connection: Connection, cancellation: SharedCancellation, asked: Asked) -> None:
        super().__init__(connection, cancellation)
        self._cancellation = cancellation
        self._asked = asked
        self._numbers = count(1)

    def number(self) -> int:
        return next(self._numbers)

    def ask(self, number: int, kind: int, *what: object) -> Any:
        cancellation = self._cancellation
        call = self._present(kind)
        inbox: Any = SimpleQueue()
        before = cancellation.hold()
        try:
            self._ask(call, number, inbox.put, (kind, number, call.number, *what))
            # A cancel that came before the question could be found does not wake it: `release` raises it.
            message = None if cancellation.is_deferred else inbox.get()
        finally:
            self._asked.pop(number, None)
            cancellation.release(before)
        if message is None:
            raise Cancelled
        return result_of(message)

    async def ask_async(self, number: int, kind: int, *what: object) -> Any:
        from asyncio import get_running_loop

        loop = get_running_loop()
        answer = loop.create_future()

        def settle(message: Any) -> None:
            # A cancel interrupts the task, or wakes and interrupts the thread of a loop that the plugin runs itself.
            if message is not None and not answer.done():
                answer.set_result(message)

        def receive(message: Any) -> None:
            try:
                loop.call_soon_threadsafe(settle, message)
            except RuntimeError:
                pass  # the loop is closed, and the wait with it

        call = self._present(kind)
        before = self._cancellation.hold()
        try:
            self._ask(call, number, receive, (kind, number, call.number, *what))
        finally:
            self._cancellation.release(before)
        try:
            return result_of(await answer)
        finally:
            self._asked.pop(number, None)

    def present(self, kind: int) -> int:
        return self._present(kind).number

    def release(self, number: int, call: int) -> None:
        self._send(RELEASE, number, call)

    def _present(self, kind: int) -> Call:
        call = present()
        if call is None:
            raise RuntimeError("%s belongs in a running call, and in its own thread or task" % CALLED[kind])
        ensure_offered(self._connection, kind)
        return call

    def _ask(self, call: Call, number: int, receive: Callable[[Any], None], message: tuple[object, ...]) -> None:
        data = self._connection.data
        payload, bodies = encode(message, data.body_threshold)
        self._asked[number] = (call, receive)
        data.put(payload, bodies)
        data.flush()
