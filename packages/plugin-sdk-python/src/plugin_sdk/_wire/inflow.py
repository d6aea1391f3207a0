"""What arrives on a stream that both channels share."""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]
from _queue import SimpleQueue
from _thread import allocate_lock, start_new_thread
from time import sleep

from .._python_alone import PythonAlone
from .frames import ConnectionLost, write_all
from .segments import CONTROL, DATA, HEAD_BYTES, SEGMENT_BYTES, read_head

try:
    from posix import close, pipe, read, set_blocking, write
except ImportError:  # see frames.py
    from os import close, pipe, read, set_blocking, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

_READ_BYTES = SEGMENT_BYTES + HEAD_BYTES
# A call that takes longer can be cancelled, and is not slowed down.
_TICK_SECONDS = 0.005


class Inflow:
    """What arrives on `fd`, for the two channels. `ends`: the descriptors of pipes that they read from.

    One thread at a time has the turn to read. The main thread reads for itself while it waits for a call, which saves two switches
    of threads a call. While a call runs longer than a tick, a thread of this class reads: else no cancel would be heard.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        pipes = pipe(), pipe()
        self.ends = tuple(reading for reading, _ in pipes)
        self._sinks = {channel: writing for channel, (_, writing) in enumerate(pipes)}
        set_blocking(self._sinks[DATA], False)
        self._turn = allocate_lock()
        # The begin of a segment whose rest has not arrived.
        self._begun = b""
        # Bytes of data that the thread has read from the stream, and that the main thread has read from the pipe.
        self._relayed = self._received = 0
        # Those that the pipe can't hold. Control goes on meanwhile, so a cancel reaches the call that they wait for.
        self._unread: Any = deque()
        self._data_has_ended = False
        # How often the main thread has read for itself, whether it does so now, and whether it leaves that to the thread for good.
        self._reads = 0
        self._main_reads = False
        self._is_polled = False
        # Whether the thread waits for the bell.
        self._is_parked = False
        self._bell: Any = SimpleQueue()

    def start(self) -> int:
        """Returns the thread."""
        return start_new_thread(self._watch, ())

    # --- the main thread

    def read(self) -> bytes:
        """Waits for bytes of data. Raises ConnectionLost."""
        while True:
            parts = self._read_for_itself()
            if parts is None:
                piece = read(self.ends[DATA], _READ_BYTES)
                self._received += len(piece)
                if not piece:
                    raise ConnectionLost
                return piece
            if parts:
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def be_polled(self) -> int:
        """The descriptor that shows from now on whether there is data."""
        if not self._is_polled:
            self._is_polled = True
            self._ring()
        return self.ends[DATA]

    def _read_for_itself(self) -> Optional[list[bytes]]:
        """None: the thread has the turn, or has read what comes first."""
        if self._data_has_ended and self._relayed == self._received:
            raise ConnectionLost
        if self._is_polled or self._relayed != self._received or not self._turn.acquire(False):
            return None
        try:
            if self._relayed != self._received:  # the thread had the turn in between
                return None
            self._reads += 1
            self._main_reads = True
            try:
                piece = read(self._fd, _READ_BYTES)
            finally:
                self._main_reads = False
            if self._is_parked:
                self._ring()
            return self._take(piece)
        finally:
            self._turn.release()

    def _ring(self) -> None:
        self._is_parked = False
        self._bell.put(None)

    # --- the thread

    def _watch(self) -> None:
        try:
            while CONTROL in self._sinks:
                seen = self._reads
                if not self._is_polled:
                    sleep(_TICK_SECONDS)
                if self._is_polled or (self._reads == seen and not self._main_reads):
                    self._relay()
                elif self._reads == seen:
                    self._is_parked = True
                    if self._main_reads:  # else a call has come just now, and may not have seen it
                        self._bell.get()
                    self._is_parked = False
        except OSError:
            pass  # the plugin has closed a descriptor, which `Descriptors` finds out
        finally:
            self._end_both()

    def _relay(self) -> None:
        """Reads until there is data for the main thread. That waits for the pipe if it finds the turn taken, so the turn is given
        back only just before something is written there."""
        if not self._turn.acquire(self._is_polled):
            return
        while CONTROL in self._sinks:
            parts = self._take(read(self._fd, _READ_BYTES))
            self._relayed += sum(map(len, parts))
            self._unread.extend(parts)
            if self._is_polled or self._data_has_ended:
                self._write_unread()
            elif self._unread:
                self._turn.release()
                self._write_unread()
                if not self._unread:
                    return
                self._turn.acquire()
            if self._unread:
                self._await_room()
            elif self._data_has_ended:
                self._end(DATA)
        self._turn.release()

    def _write_unread(self) -> None:
        """As much as the pipe takes."""
        unread = self._unread
        while unread:
            piece = unread.popleft()
            try:
                written = write(self._sinks[DATA], piece)
            except BlockingIOError:
                written = 0
            if written < len(piece):
                unread.appendleft(memoryview(piece)[written:])
                return

    def _await_room(self) -> None:
        """Until the pipe has taken all, or something arrives."""
        with PythonAlone():
            import select

        waiting = select.poll()
        waiting.register(self._fd, select.POLLIN)
        waiting.register(self._sinks[DATA], select.POLLOUT)
        while self._unread:
            ready = [fd for fd, _ in waiting.poll()]
            if self._fd in ready:
                return
            self._write_unread()

    # --- whoever has the turn

    def _take(self, piece: bytes) -> list[bytes]:
        """Hands on the whole segments of control that are there, and returns those of data."""
        parts: list[bytes] = []
        buffer = self._begun + piece if self._begun else piece
        offset = 0
        while len(buffer) - offset >= HEAD_BYTES:
            channel, size = read_head(buffer, offset)
            start = offset + HEAD_BYTES
            end = start + size
            if end > len(buffer):
                break
            content = buffer[start:end]
            if channel == CONTROL:
                if content:
                    write_all(self._sinks[CONTROL], content)
                else:
                    self._end(CONTROL)
            elif channel == DATA:
                if content:
                    parts.append(content)
                else:
                    self._data_has_ended = True
            offset = end
        self._begun = buffer[offset:]
        if not piece:
            self._data_has_ended = True
            self._end_both()
        return parts

    def _end_both(self) -> None:
        for channel in (CONTROL, DATA):
            self._end(channel)

    def _end(self, channel: int) -> None:
        sink = self._sinks.pop(channel, None)
        if sink is not None:
            close(sink)
