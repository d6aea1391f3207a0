"""The control channel: answers pings, takes cancels, carries log lines, and ends this process with its host."""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread

from .._codec.codec import CodecError, decode, encode
from .frames import (
    CANCEL,
    DEBUG,
    PING,
    PONG,
    ConnectionLost,
    FrameTooLong,
    length_prefix,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional, Protocol

    from .descriptors import Descriptors
    from .endpoint import Reader
    from .outlet import Outlet

    class Cancels(Protocol):
        def note(self, call: int) -> None:
            """The host no longer wants this call."""

        def hold(self) -> bool:
            """Keeps Cancelled away from the next steps of the asking thread. Returns what `release` takes."""

        def release(self, before: bool) -> None: ...


class ControlChannel:
    def __init__(
        self,
        reader: Reader,
        outlet: Outlet,
        cancellation: Cancels,
        on_debug: Callable[[Sequence[Any]], None],
        descriptors: Descriptors,
    ) -> None:
        """The thread that reads calls `on_debug`."""
        self._reader = reader
        self._outlet = outlet
        self.cancellation = cancellation
        self._on_debug = on_debug
        self._descriptors = descriptors
        self._unsent: list[bytes] = []
        self._writing = allocate_lock()
        # The thread that reads.
        self.thread: Optional[int] = None

    def start(self) -> None:
        self.thread = start_new_thread(self._serve, ())

    def send(self, message: list[object]) -> None:
        """Called by any thread, also by a finaliser that runs in the middle of another `send`.

        No thread waits for the lock: the one that has it writes for all. So frames stay whole, and no cancel finds it held.
        """
        payload = encode(message)[0]
        before = self.cancellation.hold()
        try:
            self._unsent.append(length_prefix(len(payload)) + payload)
            while self._unsent and self._writing.acquire(False):
                try:
                    while self._unsent:
                        self._outlet.write_all(self._unsent.pop(0))
                finally:
                    self._writing.release()
        except ConnectionLost:
            pass  # the reading thread sees it too, and ends the process
        finally:
            self.cancellation.release(before)

    def _serve(self) -> None:
        try:
            reader = self._reader
            while True:
                try:
                    message = decode(reader.next())
                except (CodecError, FrameTooLong):
                    continue  # the next frame can be read, and no message on control is worth ending for
                if message[0] == CANCEL:
                    self.cancellation.note(message[1])
                elif message[0] == PING:
                    self._descriptors.check()  # a thread that waits in a read does not see that its descriptor was closed
                    self.send([PONG, message[1]])
                elif message[0] == DEBUG:
                    self._on_debug(message)
        except ConnectionLost:
            pass
        finally:
            # Also if the loop fails: only this thread notices that the host has gone.
            self._descriptors.end_process()
