"""Answers that are streams: generators, which run step by step between messages of the host, as far as there is credit.

The main thread runs them, as all user code. While none has credit it waits for the host.
"""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]

from .._wire.frames import CHUNK, END, STREAM, STREAM_WINDOW_BYTES, STREAM_WINDOW_CHUNKS
from .cancel import Cancelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable

    from .answers import Answers
    from .connection import Connection


_END = object()


async def _close(generator: Any) -> None:
    await generator.aclose()


async def _next_of(generator: Any) -> Any:
    try:
        return await generator.__anext__()
    except StopAsyncIteration:
        return _END


class Window:
    """The chunks of one stream that the host has not taken yet."""

    __slots__ = ("_bytes", "_sizes")

    def __init__(self) -> None:
        self._sizes: Any = deque()
        self._bytes = 0

    @property
    def may_go_on(self) -> bool:
        return len(self._sizes) < STREAM_WINDOW_CHUNKS and self._bytes < STREAM_WINDOW_BYTES

    def sent(self, size: int) -> None:
        self._sizes.append(size)
        self._bytes += size

    def taken(self, count: int) -> None:
        for _ in range(min(count, len(self._sizes))):
            self._bytes -= self._sizes.popleft()


class Stream(Window):
    """One of the generators that take turns in the main thread."""

    __slots__ = ("advance", "began", "close", "running")

    def __init__(self, running: Sequence[Any], began: float, advance: Callable[[Any], Any], close: Any) -> None:
        super().__init__()
        # As `Connection.running`, without the input: only the generator decides how long to keep it.
        self.running = (*running[:3], None, *running[4:])
        self.began = began
        self.advance = advance
        self.close = close


class Streams:
    """`finish` runs a coroutine to its end."""

    def __init__(self, connection: Connection, answers: Answers, finish: Callable[[Any], Any]) -> None:
        self._connection = connection
        self._answers = answers
        self._finish = finish
        self._open: dict[int, Stream] = {}

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, message: Sequence[Any], began: float, generator: Any) -> None:
        finish, call = self._finish, message[1]
        if hasattr(generator, "__anext__"):

            def advance(_: object) -> Any:
                item = finish(_next_of(generator))
                if item is _END:
                    raise StopIteration
                return item

            def close() -> None:
                finish(_close(generator))

            stream = Stream(message, began, advance, close)
        else:
            stream = Stream(message, began, lambda _: next(generator), generator.close)
        self._open[call] = stream
        self._answers.send_value(STREAM, call)

    def credit(self, call: int, count: int) -> None:
        """`count` chunks were taken; 0: no more are wanted."""
        stream = self._open.get(call)
        if stream is None:
            return
        if count:
            stream.taken(count)
        else:
            self._end(call, stream, Cancelled())

    def serve(self) -> None:
        """Runs them in turn, until the host sends a message or none has credit."""
        connection = self._connection
        while self._step() and not connection.waiting and not connection.data.has_message():
            pass

    def _step(self) -> bool:
        for call, stream in self._open.items():
            if stream.may_go_on:
                self._open[call] = self._open.pop(call)  # the others come first next time
                self._advance(call, stream)
                return True
        return False

    def _advance(self, call: int, stream: Stream) -> None:
        connection = self._connection
        connection.data.flush()  # the next step may take long, and no chunk waits for it
        connection.running, connection.began = stream.running, stream.began
        item, error = connection.cancellation.run(call, stream.advance, None)
        was_cancelled = connection.cancellation.was_requested_for(call)
        if was_cancelled:
            self._end(call, stream, error or Cancelled())
        elif error is None:
            size = self._answers.send_value(CHUNK, call, item)
            stream.sent(size)
            if not size:  # it could not be sent, and a FAILURE went instead
                self._close(call, stream)
        elif type(error) is StopIteration:
            self._forget(call)
            self._answers.send_value(END, call, error.value)
        else:
            self._forget(call)
            self._answers.send_error(call, error, False)

    def _end(self, call: int, stream: Stream, error: BaseException) -> None:
        """The generator's `finally` blocks run before the host hears that it has ended."""
        self._answers.send_error(call, self._close(call, stream) or error, True)

    def _close(self, call: int, stream: Stream) -> Any:
        """Returns what the generator raised while it closed."""
        connection = self._connection
        del self._open[call]
        connection.data.flush()
        connection.running, connection.began = stream.running, stream.began
        raised = connection.cancellation.run_out(call, stream.close)
        connection.inputs.end(call)
        return raised

    def _forget(self, call: int) -> None:
        del self._open[call]
        self._connection.inputs.end(call)
