"""The data channel for answers of several threads: frames stay whole, and those that are ready together leave together."""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]
from _queue import SimpleQueue
from _thread import allocate_lock, get_ident, start_new_thread

from .._codec.codec import encode
from .data import TOGETHER, DataChannel
from .frames import BODY_THRESHOLD_BYTES, ConnectionLost, length_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Optional

    from .frames import Buffer


# Of one write; two make an answer.
_MOST_PARTS = 128


class SharedDataChannel(DataChannel):
    """Only the main thread reads. Any thread may write while it keeps Cancelled away.

    While calls run, the thread that reads does not write: a host that reads nothing until it has sent all would wait for this
    process, and this process for the host. A thread of its own writes the few frames that the reading thread has to send.
    """

    def __init__(self, channel: DataChannel) -> None:
        self.__dict__.update(channel.__dict__)
        self._unsent: Any = deque()
        self._writing = allocate_lock()
        # The thread that only reads, while one does.
        self.reading_thread: Optional[int] = None
        self._has_own = False
        self._bell: Any = None

    def put(self, payload: bytes, bodies: Sequence[Buffer] = ()) -> None:
        if bodies and any(type(body) is not bytes for body in bodies):
            # A generator may fill the same array again as soon as it goes on, and a thread for its next call.
            if get_ident() != self.reading_thread and self._writing.acquire(False):
                try:
                    self._append(payload, bodies)
                    return self._write()
                finally:
                    self._writing.release()
            bodies = [bytes(body) for body in bodies]
        self._append(payload, bodies)
        if get_ident() == self.reading_thread:
            self._has_own = True
        elif len(self._unsent) >= TOGETHER:
            self._flush()

    def _append(self, payload: bytes, bodies: Sequence[Buffer]) -> None:
        """As one entry, so that no other frame comes in between."""
        self._unsent.append((length_prefix(len(payload)), payload, *bodies))

    def flush(self) -> None:
        if get_ident() != self.reading_thread:
            self._flush()
        elif self._has_own:
            self._has_own = False
            if self._bell is None:
                self._bell = SimpleQueue()
                start_new_thread(self._write_for_reader, ())
            self._bell.put(None)

    def _write_for_reader(self) -> None:
        try:
            while True:
                self._bell.get()
                self._flush()
        except ConnectionLost:
            pass  # the reading threads see it too, and end the process

    def _flush(self) -> None:
        """No thread waits for the lock: the one that has it writes for all."""
        while self._unsent and self._writing.acquire(False):
            try:
                self._write()
            finally:
                self._writing.release()

    def send(self, message: object) -> None:
        """Returns when it is written, with all that was put before."""
        self.put(encode(message)[0])
        with self._writing:
            self._write()

    def forget(self) -> None:
        super().forget()
        self._unsent.clear()
        self._writing = allocate_lock()  # a thread that is missing in this child may have held it
        self.reading_thread = self._bell = None

    def _write(self) -> None:
        unsent = self._unsent
        small: list[bytes] = []
        while unsent:
            frame = unsent.popleft()
            if len(frame) == 2 and len(frame[1]) <= BODY_THRESHOLD_BYTES:
                small += frame
            else:
                self.outlet.write_buffers([b"".join(small), *frame])
                small = []
            if len(small) >= _MOST_PARTS:
                self.outlet.write_all(b"".join(small))
                small = []
        if small:
            self.outlet.write_all(b"".join(small))
