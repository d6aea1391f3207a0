"""Frames on file descriptors: an unsigned 32-bit little-endian length, that many bytes, then their bodies."""

from __future__ import annotations

from _struct import Struct

from .._python_alone import PythonAlone

try:
    from posix import read, readv, write, writev
except ImportError:  # on Windows no host starts plugins yet, but importing the package must work
    from os import read, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Optional, Union

    Buffer = Union[bytes, bytearray, memoryview]

HELLO, WELCOME, READY, CALL, RESULT, FAILURE, SHUTDOWN, BYE = range(1, 9)
STREAM, CHUNK, END, CREDIT, HOST_CALL, HOST_RESULT, HOST_FAILURE = range(9, 16)
INPUT_CHUNK, INPUT_END, INPUT_CREDIT, ACQUIRE, RELEASE = range(16, 21)
CANCEL, PING, PONG, LOG, PROGRESS, DEBUG, DEBUGGING = range(32, 39)

# The action that runs hooks. Names of a plugin's own actions can't begin with @.
HOOKS_ACTION = "@hooks"

PROTOCOL_RANGE = (1, 1)
FEATURES = (
    "bodies",
    "arrays",
    "cancel",
    "progress",
    "streams",
    "host_calls",
    "input_streams",
    "concurrency",
    "debug",
    "resources",
    "interrupt_signal",
)
BODY_THRESHOLD_BYTES = 65_536
DEFAULT_FRAME_LIMIT = 64 * 1024 * 1024
DEFAULT_BODY_LIMIT = 2 * 1024 * 1024 * 1024

# For one stream: how many chunks may be ahead of its reader, and after how many bytes no further one is sent.
STREAM_WINDOW_CHUNKS = 16
STREAM_WINDOW_BYTES = 1024 * 1024

# No finished answer waits for an action that takes longer than this, or whose time is unknown.
QUICK_SECONDS = 50e-6

READ_BYTES = 65_536
# Kept of a frame that is skipped, for its kind and id.
HEAD_BYTES = 64
LONGEST_READ_BYTES = 1024 * 1024
_LENGTH = Struct("<I")
length_prefix = _LENGTH.pack
_length_at = _LENGTH.unpack_from


class ConnectionLost(Exception):
    """The host has closed its end, or the plugin has closed ours."""


def lost_by(error: OSError) -> Exception:
    """The error itself if a signal handler of the plugin raised it, such as a TimeoutError, during a read or write."""
    return error if error.errno is None else ConnectionLost()


class FrameTooLong(Exception):
    """A frame over the limit. It was skipped; `head` is how it began."""

    def __init__(self, length: int, head: bytes) -> None:
        super().__init__(length)
        self.length = length
        self.head = head


class FrameReader:
    """Cuts what arrives on `fd` into frames. Never reads while a whole frame is buffered."""

    # Whether the descriptor is readable at times when there is no message.
    tells_more = False

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._buffer = b""
        self._offset = 0
        self._poll: Any = None
        self.frame_limit = DEFAULT_FRAME_LIMIT

    def pollable(self) -> int:
        """The descriptor that shows from now on whether there is something to read."""
        return self.fd

    def next_buffered(self) -> Optional[bytes]:
        """The next frame's payload if it is here in full, else None."""
        buffer, start = self._buffer, self._offset + 4
        if len(buffer) < start:
            return None
        end = start + _length_at(buffer, start - 4)[0]
        if end > len(buffer):
            return None
        self._offset = end
        if end - start > self.frame_limit:
            raise FrameTooLong(end - start, buffer[start : start + HEAD_BYTES])
        return buffer[start:end]

    def has_frame(self) -> bool:
        buffer, start = self._buffer, self._offset + 4
        return len(buffer) >= start and start + int(_length_at(buffer, start - 4)[0]) <= len(buffer)

    def wait(self, milliseconds: Optional[int]) -> bool:
        """For bytes. Reads nothing, so an interruption can't cut a frame."""
        if self._poll is None:
            with PythonAlone():
                import select

            self._poll = select.poll()
            self._poll.register(self.pollable(), select.POLLIN)
        return bool(self._poll.poll(milliseconds))

    def fill(self) -> None:
        """Waits for bytes: at least one, and if a frame has begun, all of it, joined once."""
        if self._offset == len(self._buffer):
            self._offset = 0
            self._buffer = b""
            self._buffer = self._read(READ_BYTES)
            return
        rest = self._buffer[self._offset :]
        self._offset = 0
        self._buffer = b""
        pieces, have = [rest], len(rest)
        while have < 4:
            pieces.append(self._read(READ_BYTES))
            have += len(pieces[-1])
        if len(pieces) > 1:
            pieces = [b"".join(pieces)]
        length = _length_at(pieces[0])[0]
        if length > self.frame_limit:
            self._skip_frame(length, pieces[0][4:])
        missing = 4 + length - have
        while missing > 0:
            piece = self._read(min(max(missing, READ_BYTES), LONGEST_READ_BYTES))
            pieces.append(piece)
            missing -= len(piece)
        self._buffer = pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def next(self) -> bytes:
        payload = self.next_buffered()
        while payload is None:
            self.fill()
            payload = self.next_buffered()
        return payload

    def has_buffered(self, size: int) -> bool:
        return len(self._buffer) - self._offset >= size

    def read_into(self, target: memoryview) -> None:
        """Fills `target`: with what is here, then straight from the descriptor."""
        done = min(len(target), len(self._buffer) - self._offset)
        target[:done] = self._buffer[self._offset : self._offset + done]
        self._offset += done
        while done < len(target):
            try:
                count = readv(self.fd, [target[done:]])
            except OSError as error:
                raise lost_by(error) from error
            if not count:
                raise ConnectionLost
            done += count

    def skip(self, size: int) -> None:
        """Drops the next `size` bytes, piece by piece."""
        here = min(size, len(self._buffer) - self._offset)
        self._offset += here
        size -= here
        while size:
            size -= len(self._read(min(size, LONGEST_READ_BYTES)))

    def forget(self) -> None:
        """Called in a forked child: what was read is its parent's."""
        self._buffer = b""
        self._offset = 0

    def _skip_frame(self, length: int, begun: bytes) -> None:
        self._buffer = begun
        while not self.has_buffered(min(HEAD_BYTES, length)):
            self._buffer += self._read(READ_BYTES)
        head = self._buffer[:HEAD_BYTES]
        self.skip(length)
        raise FrameTooLong(length, head)

    def _read(self, size: int) -> bytes:
        try:
            piece = read(self.fd, size)
        except OSError as error:
            raise lost_by(error) from error
        if not piece:
            raise ConnectionLost
        return piece


def write_all(fd: int, data: bytes) -> None:
    """Repeats short writes: a signal ends a long one half-way."""
    try:
        written = write(fd, data)
        if written != len(data):
            view = memoryview(data)
            while written < len(data):
                written += write(fd, view[written:])
    except OSError as error:
        raise lost_by(error) from error


def write_buffers(fd: int, buffers: Sequence[Buffer]) -> None:
    """All of `buffers`, one after the other, from where they lie."""
    views = [view for view in map(_as_bytes_view, buffers) if len(view)]
    first = 0
    try:
        while first < len(views):
            written = writev(fd, views[first : first + 64])
            while first < len(views) and written >= len(views[first]):
                written -= len(views[first])
                first += 1
            if written:
                views[first] = views[first][written:]
    except OSError as error:
        raise lost_by(error) from error


def _as_bytes_view(buffer: Buffer) -> memoryview:
    view = memoryview(buffer)
    return view if view.format == "B" and view.ndim == 1 else view.cast("B")
