"""Inputs that are streams: chunks of the caller's source come while the call runs, never far ahead."""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]
from _thread import get_ident

from .._codec.codec import encode
from .._wire.frames import INPUT_CHUNK, INPUT_CREDIT, STREAM_WINDOW_CHUNKS
from .cancel import Cancelled
from .meanwhile import read_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Callable, Optional

    from .connection import Connection
    from .coroutines import Arrivals

# The host hears of so many taken chunks at once: a frame for each would double the number of frames.
GRANTED_TOGETHER = STREAM_WINDOW_CHUNKS // 2


class InputStream:
    """An input, or a part of one, that comes piece by piece. Read it once, by `for`, `async for` or `next`.

    It belongs to its call, and to the thread or task that runs the call. In a test, use `InputStream([1, 2, 3])`.
    """

    __slots__ = ("_chunks", "_feed", "_index", "check")

    def __init__(self, chunks: Iterable[Any] = ()) -> None:
        self._chunks: Any = deque(chunks)
        self._index = 0
        # Makes of a chunk and its index what is read. The SDK sets it by the hint.
        self.check: Optional[Callable[[int, Any], Any]] = None
        # Where more chunks come from. None: there are no more.
        self._feed: Optional[Feed] = None

    def __iter__(self) -> InputStream:
        return self

    def __next__(self) -> Any:
        while not self._chunks:
            if self._feed is None:
                raise StopIteration
            self._feed.wait()
        return self._take()

    def __aiter__(self) -> InputStream:
        return self

    async def __anext__(self) -> Any:
        while not self._chunks:
            if self._feed is None:
                raise StopAsyncIteration
            await self._feed.wait_in_event_loop()
        return self._take()

    def close(self) -> None:
        """Ends the stream: the host closes the caller's source. The end of the call does the same."""
        feed = self._feed
        if feed is not None:
            feed.stop()
        self._feed = None
        self._chunks.clear()

    def _take(self) -> Any:
        if self._feed is not None:
            self._feed.taking(len(self._chunks) > 1)
        chunk = self._chunks.popleft()
        if self.check is None:
            return chunk
        self._index += 1
        return self.check(self._index - 1, chunk)


InputStream.__module__ = "plugin_sdk"


class Feed:
    """The source of one stream's chunks, as long as there may be more."""

    __slots__ = ("_call", "_index", "_taken", "problem")

    def __init__(self, call: int, index: int) -> None:
        self._call = call
        self._index = index
        self._taken = 0
        # Why no more chunks come, though the stream has not ended.
        self.problem: Optional[str] = None

    def taking(self, has_more: bool) -> None:
        """The reader takes one chunk. `has_more`: another one is here."""
        self._ensure_own_call()
        self._taken += 1
        if self.problem is None and (not has_more or self._taken >= GRANTED_TOGETHER):
            count, self._taken = self._taken, 0
            self._grant(count)

    def stop(self) -> None:
        if self.problem is None:
            self._ensure_own_call()
            self._grant(0)

    def wait(self) -> None:
        """Waits until a message has come, for this stream or not."""
        raise NotImplementedError

    async def wait_in_event_loop(self) -> None:
        """As `wait`, while other tasks go on."""
        raise NotImplementedError

    def _ensure_own_call(self) -> None:
        raise NotImplementedError

    def _send(self, payload: bytes) -> None:
        raise NotImplementedError

    def _grant(self, count: int) -> None:
        self._send(encode((INPUT_CREDIT, self._call, self._index, count))[0])


class InputStreams:
    """The input streams of calls that run or wait."""

    def __init__(self) -> None:
        self._open: dict[int, list[InputStream]] = {}

    def open(self, message: list[Any]) -> None:
        """Puts a stream into each place of the input that the host marked. A second call does nothing."""
        call, places = message[1], message[5]
        if not places:
            return
        message[5] = None
        streams = self._open[call] = [InputStream() for _ in places]
        for index, (stream, place) in enumerate(zip(streams, places)):
            stream._feed = self._feed(call, index, stream)
            if place is None:
                message[3] = stream
            else:
                message[3][place] = stream

    def receive(self, message: Any) -> None:
        """Takes INPUT_CHUNK or INPUT_END. Drops those of calls that are over, and of closed streams."""
        for index, stream in enumerate(self._open.get(message[1], ())):
            feed = stream._feed
            if feed is None or feed.problem is not None:
                continue
            if message[2] is None:
                feed.problem = message[3]  # the frame could not be read, so any stream of the call may have lost it
            elif message[2] != index:
                continue
            elif message[0] == INPUT_CHUNK:
                stream._chunks.append(message[3])
            else:
                stream._feed = None
            self._arrived(feed)

    def end(self, call: int) -> None:
        """The call is over. Code that kept a stream of it gets an error, not the end of the stream."""
        for stream in self._open.pop(call, ()):
            if stream._feed is not None:
                stream._feed.problem = "the call that this input stream belongs to is over"
                stream._chunks.clear()

    def _feed(self, call: int, index: int, stream: InputStream) -> Feed:
        raise NotImplementedError

    def _arrived(self, feed: Feed) -> None:
        """A message has come for the stream of `feed`."""


class InlineFeed(Feed):
    """For one call at a time: the call that waits for a chunk reads on itself."""

    __slots__ = ("_arrivals", "_connection")

    def __init__(self, call: int, index: int, connection: Connection, arrivals: Callable[[], Arrivals]) -> None:
        super().__init__(call, index)
        self._connection = connection
        self._arrivals = arrivals

    def wait(self) -> None:
        self._prepare()
        read_on(self._connection)
        self._read_what_is_here()

    async def wait_in_event_loop(self) -> None:
        self._prepare()
        if self._connection.data.has_message():
            read_on(self._connection)
            self._read_what_is_here()
        else:
            await self._arrivals().next()

    def _prepare(self) -> None:
        if self.problem is not None:
            raise RuntimeError(self.problem)
        self._ensure_own_call()
        cancellation = self._connection.cancellation
        if cancellation.raised:
            raise Cancelled  # the host has closed the source and sends no more
        before = cancellation.hold()
        try:
            self._connection.data.flush()  # no finished answer waits for a chunk that may take long
        finally:
            cancellation.release(before)

    def _ensure_own_call(self) -> None:
        cancellation = self._connection.cancellation
        if get_ident() != cancellation.main_thread or cancellation.current != self._call:
            raise RuntimeError("an input stream belongs in its own call, and in its main thread")

    def _read_what_is_here(self) -> None:
        """So that `taking` knows of all chunks that are here."""
        reader = self._connection.data.reader
        while reader.has_frame():
            read_on(self._connection)

    def _send(self, payload: bytes) -> None:
        cancellation, data = self._connection.cancellation, self._connection.data
        before = cancellation.hold()
        try:
            data.put(payload)
            data.flush()
        finally:
            cancellation.release(before)


class InlineInputStreams(InputStreams):
    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._made: Optional[Arrivals] = None

    def _feed(self, call: int, index: int, stream: InputStream) -> Feed:
        return InlineFeed(call, index, self._connection, self._arrivals)

    def _arrived(self, feed: Feed) -> None:
        if self._made is not None:
            self._made.wake()  # a task that waits does not see what another one has read

    def _arrivals(self) -> Arrivals:
        if self._made is None:
            from .coroutines import Arrivals

            self._made = Arrivals(self._connection.data.reader.pollable())
        return self._made
