"""Inputs that are streams where several calls run: the main thread reads for all, and only the one that asks waits."""

from __future__ import annotations

from .._calls.cancel import Cancelled
from .._calls.input_streams import Feed, InputStream, InputStreams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .scheduler import Call, Crew


class ConcurrentFeed(Feed):
    __slots__ = ("_crew", "_stream")

    def __init__(self, call: int, index: int, crew: Crew, stream: InputStream) -> None:
        super().__init__(call, index)
        self._crew = crew
        self._stream = stream

    def wait(self) -> None:
        crew = self._crew
        call = self._prepare()
        inbox = crew.new_queue()
        before = crew.cancellation.hold()
        try:
            if self._is_waiting(call, inbox.put):
                inbox.get()
        finally:
            crew.asked.pop(self, None)
            crew.cancellation.release(before)
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
                pass  # the loop is closed: nobody waits any more

        try:
            if self._is_waiting(call, receive):
                await arrived
        finally:
            self._crew.asked.pop(self, None)

    def _is_waiting(self, call: Call, receive: Callable[[object], object]) -> bool:
        """First this, then the look: whoever brings something does it the other way round. So one of us finds the other."""
        self._crew.asked[self] = (call, receive)
        stream = self._stream
        return not (stream._chunks or stream._feed is None or self.problem is not None or call.unwanted)

    def _prepare(self) -> Call:
        if self.problem is not None:
            raise RuntimeError(self.problem)
        call = self._own_call()
        if call.unwanted:
            raise Cancelled  # the host has closed the source, and says nothing more of it
        return call

    def _own_call(self) -> Call:
        call = self._crew.present()
        if call is None or call.number != self._call:
            raise RuntimeError("an input stream belongs in its own call, and in its own thread or task")
        return call

    def _ensure_own_call(self) -> None:
        self._own_call()

    def _send(self, payload: bytes) -> None:
        crew = self._crew
        before = crew.cancellation.hold()
        try:
            crew.data.put(payload)
            crew.data.flush()
        finally:
            crew.cancellation.release(before)


class ConcurrentInputStreams(InputStreams):
    def __init__(self, crew: Crew) -> None:
        super().__init__()
        self._crew = crew

    def _feed(self, call: int, index: int, stream: InputStream) -> Feed:
        return ConcurrentFeed(call, index, self._crew, stream)

    def _arrived(self, feed: Feed) -> None:
        _, receive = self._crew.asked.get(feed, (None, None))
        if receive is not None:
            receive(feed)
