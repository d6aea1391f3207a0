"""Input streams of several running calls: the main thread reads for all, and only the call that asks waits."""

from __future__ import annotations

from _queue import SimpleQueue

from .._calls.cancel import Cancelled
from .._calls.input_streams import Feed, InputStream, InputStreams
from .call import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .._wire.data import DataChannel
    from .call import Call
    from .cancel import Asked, SharedCancellation


class ConcurrentFeed(Feed):
    __slots__ = ("_all", "_stream")

    def __init__(self, call: int, index: int, stream: InputStream, all_streams: ConcurrentInputStreams) -> None:
        super().__init__(call, index)
        self._all = all_streams
        self._stream = stream

    def wait(self) -> None:
        cancellation = self._all.cancellation
        call = self._prepare()
        inbox: Any = SimpleQueue()
        before = cancellation.hold()
        try:
            if self._is_waiting(call, inbox.put):
                inbox.get()
        finally:
            self._all.asked.pop(self, None)
            cancellation.release(before)
        if call.unwanted:
            raise Cancelled

    async def wait_in_event_loop(self) -> None:
        from asyncio import get_running_loop

        loop = get_running_loop()
        call = self._prepare()
        arrived = loop.create_future()

        def settle() -> None:
            if not arrived.done():
                arrived.set_result(None)

        def receive(_: object) -> None:
            try:
                loop.call_soon_threadsafe(settle)
            except RuntimeError:
                pass  # the loop is closed, and the wait with it

        try:
            if self._is_waiting(call, receive):
                await arrived
        finally:
            self._all.asked.pop(self, None)

    def _is_waiting(self, call: Call, receive: Callable[[object], object]) -> bool:
        """First the entry, then the look. The thread that brings a chunk does it the other way round, so one finds the other."""
        self._all.asked[self] = (call, receive)
        stream = self._stream
        return not (stream._chunks or stream._feed is None or self.problem is not None or call.unwanted)

    def _prepare(self) -> Call:
        if self.problem is not None:
            raise RuntimeError(self.problem)
        call = self._own_call()
        if call.unwanted:
            raise Cancelled  # the host has closed the source and sends no more
        return call

    def _own_call(self) -> Call:
        call = present()
        if call is None or call.number != self._call:
            raise RuntimeError("an input stream belongs in its own call, and in its own thread or task")
        return call

    def _ensure_own_call(self) -> None:
        self._own_call()

    def _send(self, payload: bytes) -> None:
        cancellation, data = self._all.cancellation, self._all.data
        before = cancellation.hold()
        try:
            data.put(payload)
            data.flush()
        finally:
            cancellation.release(before)


class ConcurrentInputStreams(InputStreams):
    def __init__(self, data: DataChannel, cancellation: SharedCancellation, asked: Asked) -> None:
        super().__init__()
        self.data = data
        self.cancellation = cancellation
        self.asked = asked

    def _feed(self, call: int, index: int, stream: InputStream) -> Feed:
        return ConcurrentFeed(call, index, stream, self)

    def _arrived(self, feed: Feed) -> None:
        _, receive = self.asked.get(feed, (None, None))
        if receive is not None:
            receive(feed)
