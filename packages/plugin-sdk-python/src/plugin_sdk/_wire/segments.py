"""Both channels over one stream in each direction, such as standard input and output.

Each direction is cut into segments, see the protocol, "One stream". So a cancel or a pong goes between two parts of a large
body. A thread hands on what arrives, through a pipe for each channel; what is sent goes straight to the stream.
"""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]
from _struct import Struct
from _thread import allocate_lock, start_new_thread

from .._python_alone import PythonAlone
from .frames import write_all, write_buffers

try:
    from posix import close, pipe, read, set_blocking, write
except ImportError:  # see frames.py
    from os import close, pipe, read, set_blocking, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .frames import Buffer

DATA, CONTROL = 0, 1
# The longest that is sent. A receiver takes any length.
SEGMENT_BYTES = 65_536

_HEAD = Struct("<I")
_READ_BYTES = SEGMENT_BYTES + 4


class Inflow:
    """Hands what arrives on `fd` to the two channels. `ends`: the descriptors that those read from."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        pipes = pipe(), pipe()
        self.ends = tuple(reading for reading, _ in pipes)
        self._sinks = {channel: writing for channel, (_, writing) in enumerate(pipes)}
        set_blocking(self._sinks[DATA], False)
        # Of data, what its reader has not taken yet. Control goes on meanwhile, so a cancel reaches the call that is read for.
        self._unread: Any = deque()
        self._data_has_ended = False

    def start(self) -> int:
        """Returns the thread."""
        return start_new_thread(self._run, ())

    def _run(self) -> None:
        try:
            buffer = b""
            while True:
                if self._unread:
                    self._pass_unread()
                piece = read(self._fd, _READ_BYTES)
                if not piece:
                    return
                buffer = self._take(buffer + piece if buffer else piece)
        except OSError:
            pass  # the plugin has closed a descriptor, which `Descriptors` finds out
        finally:
            for channel in (CONTROL, DATA):
                self._end(channel)

    def _take(self, buffer: bytes) -> bytes:
        """Hands on the whole segments in `buffer`. Returns the rest."""
        offset = 0
        while len(buffer) - offset >= 4:
            head = _HEAD.unpack_from(buffer, offset)[0]
            start = offset + 4
            end = start + (head >> 8)
            if end > len(buffer):
                break
            self._hand_on(head & 255, buffer[start:end])
            offset = end
        return buffer[offset:]

    def _hand_on(self, channel: int, piece: bytes) -> None:
        sink = self._sinks.get(channel)
        if sink is None:
            return
        if channel == CONTROL:
            if piece:
                write_all(sink, piece)
            else:
                self._end(CONTROL)
            return
        if not piece:
            self._data_has_ended = True
        elif not self._unread:
            piece = piece[self._write_data(piece) :]
        if piece:
            self._unread.append(piece)
        elif self._data_has_ended and not self._unread:
            self._end(DATA)

    def _write_data(self, piece: Buffer) -> int:
        try:
            return write(self._sinks[DATA], piece)
        except BlockingIOError:
            return 0

    def _pass_unread(self) -> None:
        """Until something else arrives, or all is read."""
        with PythonAlone():
            import select

        unread = self._unread
        waiting = select.poll()
        waiting.register(self._fd, select.POLLIN)
        waiting.register(self._sinks[DATA], select.POLLOUT)
        while unread:
            ready = [fd for fd, _ in waiting.poll()]
            if self._fd in ready:
                return
            piece = unread.popleft()
            written = self._write_data(piece)
            if written < len(piece):
                unread.appendleft(memoryview(piece)[written:])
        if self._data_has_ended:
            self._end(DATA)

    def _end(self, channel: int) -> None:
        sink = self._sinks.pop(channel, None)
        if sink is not None:
            close(sink)


class Outflow:
    """Writes segments of both channels to `fd`, whole."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._writing = allocate_lock()
        # Of control: goes before what is left of data.
        self._urgent: Any = deque()

    def send_urgent(self, data: bytes) -> None:
        """Nobody waits for the lock: the thread that has it writes for all. A finaliser may run while its own thread has it."""
        for start in range(0, len(data), SEGMENT_BYTES):
            piece = data[start : start + SEGMENT_BYTES]
            self._urgent.append(_head(CONTROL, len(piece)) + piece)
        self._write_urgent()

    def send(self, buffers: Sequence[Buffer]) -> None:
        with self._writing:
            for size, parts in _segments(buffers):
                self._write_all_urgent()
                write_buffers(self.fd, [_head(DATA, size), *parts])
        self._write_urgent()

    def send_small(self, data: bytes) -> None:
        with self._writing:
            write_all(self.fd, _head(DATA, len(data)) + data)
        self._write_urgent()

    def _write_urgent(self) -> None:
        while self._urgent and self._writing.acquire(False):
            try:
                self._write_all_urgent()
            finally:
                self._writing.release()

    def _write_all_urgent(self) -> None:
        while self._urgent:
            write_all(self.fd, self._urgent.popleft())


class DataOutlet:
    __slots__ = ("_outflow",)

    def __init__(self, outflow: Outflow) -> None:
        self._outflow = outflow

    def write_all(self, data: bytes) -> None:
        if len(data) <= SEGMENT_BYTES:
            self._outflow.send_small(data)
        else:
            self._outflow.send([data])

    def write_buffers(self, buffers: Sequence[Buffer]) -> None:
        self._outflow.send(buffers)


class ControlOutlet:
    __slots__ = ("_outflow",)

    def __init__(self, outflow: Outflow) -> None:
        self._outflow = outflow

    def write_all(self, data: bytes) -> None:
        self._outflow.send_urgent(data)

    def write_buffers(self, buffers: Sequence[Buffer]) -> None:
        self._outflow.send_urgent(b"".join(buffers))


def _head(channel: int, size: int) -> bytes:
    return _HEAD.pack(size << 8 | channel)


def _segments(buffers: Sequence[Buffer]) -> Iterator[tuple[int, list[Buffer]]]:
    """Cuts what lies in several places into segments: the size of each, and its parts."""
    parts: list[Buffer] = []
    size = 0
    for buffer in buffers:
        view = memoryview(buffer)
        view = view if view.format == "B" and view.ndim == 1 else view.cast("B")
        while len(view):
            piece = view[: SEGMENT_BYTES - size]
            parts.append(piece)
            size += len(piece)
            view = view[len(piece) :]
            if size == SEGMENT_BYTES:
                yield size, parts
                parts, size = [], 0
    if parts:
        yield size, parts
