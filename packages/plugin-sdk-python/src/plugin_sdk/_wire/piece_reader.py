"""Frames of a channel whose bytes come from something else than a descriptor of their own."""

from __future__ import annotations

from .frames import READ_BYTES, FrameReader, lost_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Source(Protocol):
        """What one channel is read from, by one thread."""

        def read(self) -> bytes:
            """Waits for some bytes. Raises ConnectionLost."""

        def be_polled(self) -> int:
            """The descriptor that shows from now on whether there is something to read."""


class PieceReader(FrameReader):
    """Cuts what a source has into frames."""

    def __init__(self, source: Source, fd: int) -> None:
        super().__init__(fd)
        self._source = source

    def pollable(self) -> int:
        return self._source.be_polled()

    def read_into(self, target: memoryview) -> None:
        done = 0
        while done < len(target):
            if self._offset == len(self._buffer):
                self._buffer, self._offset = self._read(READ_BYTES), 0
            count = min(len(target) - done, len(self._buffer) - self._offset)
            target[done : done + count] = self._buffer[self._offset : self._offset + count]
            self._offset += count
            done += count

    def skip(self, size: int) -> None:
        while size:
            if self._offset == len(self._buffer):
                self._buffer, self._offset = self._read(READ_BYTES), 0
            count = min(size, len(self._buffer) - self._offset)
            self._offset += count
            size -= count

    def _read(self, size: int) -> bytes:
        """Any number of bytes."""
        try:
            return self._source.read()
        except OSError as error:
            raise lost_by(error) from error
