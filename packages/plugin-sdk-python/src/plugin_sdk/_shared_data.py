"""The data channel where several threads answer: no frame is cut by another, and those that are ready together leave together."""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]
from _thread import allocate_lock, get_ident

from ._codec import encode
from ._data import MOST_PARTS, DataChannel
from ._wire import BODY_THRESHOLD_BYTES, DATA_FD, length_prefix, write_all, write_buffers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ._wire import Buffer


class SharedDataChannel(DataChannel):
    """Read by the main thread only, written by any that no cancel can strike meanwhile."""

    def __init__(self, channel: DataChannel) -> None:
        self.__dict__.update(channel.__dict__)
        self._unsent: Any = deque()
        self._writing = allocate_lock()
        self._reader = get_ident()
        self._has_own = False

    def put(self, payload: bytes, bodies: Sequence[Buffer] = ()) -> None:
        # As one, so that no other frame comes between.
        self._unsent.append((length_prefix(len(payload)), payload, *bodies))
        if get_ident() == self._reader:
            self._has_own = True

    def flush(self) -> None:
        """Nobody waits for the lock: who has it writes for all. Who reads only writes what it has to say itself."""
        if get_ident() == self._reader:
            if not self._has_own:
                return
            self._has_own = False
        while self._unsent and self._writing.acquire(False):
            try:
                self._write()
            finally:
                self._writing.release()

    def send(self, message: object) -> None:
        """Returns when it is out, and with it all that was put before."""
        self.put(encode(message)[0])
        with self._writing:
            self._write()

    def detach(self) -> None:
        super().detach()
        self._unsent.clear()
        self._writing = allocate_lock()  # another thread, which is not in this child, may have held it

    def _write(self) -> None:
        unsent = self._unsent
        small: list[bytes] = []
        while unsent:
            frame = unsent.popleft()
            if len(frame) == 2 and len(frame[1]) <= BODY_THRESHOLD_BYTES:
                small += frame
            else:
                write_buffers(DATA_FD, [b"".join(small), *frame])
                small = []
            if len(small) >= MOST_PARTS:
                write_all(DATA_FD, b"".join(small))
                small = []
        if small:
            write_all(DATA_FD, b"".join(small))
