"""The two channels of a plugin in the memory of its own process. Whatever crosses is packed and unpacked as with a real host."""

from __future__ import annotations

import collections
import os

from .._codec.codec import decode, encode, resolve
from .._wire.control import ControlChannel
from .._wire.data import DataChannel
from .._wire.descriptors import Descriptors
from .._wire.endpoint import Endpoint
from .._wire.frames import BODY_THRESHOLD_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional

    from .._calls.cancel import Cancellation
    from .._codec.extension import Body
    from .._wire.frames import Buffer

    Receive = Callable[[Any], None]


class Idle(BaseException):
    """The plugin has done all that it was asked for, and the test goes on."""


def crossed(message: Any) -> Any:
    """The message as the other side gets it. Raises CodecError."""
    return _unpacked(*encode(message, BODY_THRESHOLD_BYTES))


def _unpacked(payload: bytes, buffers: Sequence[Buffer]) -> Any:
    bodies: list[Body] = []
    message = decode(payload, bodies)
    for body, buffer in zip(bodies, buffers):
        view = memoryview(buffer)
        body.view[:] = view if view.format == "B" and view.ndim == 1 else view.cast("B")
    return resolve(message, bodies)


class Inbox:
    """Stands for the reader of a socket."""

    frame_limit = 0
    tells_more = False

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.messages: collections.deque[Any] = collections.deque()

    def has_frame(self) -> bool:
        return bool(self.messages)

    def pollable(self) -> int:
        return self.fd


class InMemoryData(DataChannel):
    """The host hears of each frame at once, and answers within `receive`, so that nobody ever waits."""

    def __init__(self, receive: Receive) -> None:
        nowhere = Endpoint(-1, -1)
        super().__init__(nowhere.data_reader, nowhere.data_outlet)
        self._receive_frame = receive
        # An event loop that looks for a message is to go on at once.
        self.fd, self._bell = os.pipe()
        self.reader: Any = Inbox(self.fd)
        os.write(self._bell, b"!")

    def deliver(self, message: Any) -> None:
        """To the plugin. Raises CodecError."""
        self.reader.messages.append(crossed(message))

    def has_message(self) -> bool:
        return bool(self.reader.messages)

    def wait_for_bytes(self, milliseconds: Optional[int]) -> bool:
        if milliseconds is None and not self.reader.messages:
            raise RuntimeError("the plugin waits for something that the fake host does not know")
        return bool(self.reader.messages)

    def next_message(self) -> Any:
        if not self.reader.messages:
            raise Idle
        return self.reader.messages.popleft()

    def put(self, payload: bytes, bodies: Sequence[Buffer] = ()) -> None:
        self._receive_frame(_unpacked(payload, bodies))

    def flush(self) -> None:
        """Nothing waits to be written."""

    def close(self) -> None:
        os.close(self.fd)
        os.close(self._bell)


class InMemoryControl(ControlChannel):
    def __init__(self, cancellation: Cancellation, receive: Receive) -> None:
        nowhere = Endpoint(-1, -1)
        super().__init__(
            nowhere.control_reader, nowhere.control_outlet, cancellation, lambda _: None, Descriptors(nowhere)
        )
        self._receive_frame = receive

    def send(self, message: list[object]) -> None:
        """Called by any thread."""
        self._receive_frame(crossed(message))
