"""What is sent on a stream that both channels share."""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]
from _thread import allocate_lock

from .frames import write_all, write_buffers
from .segments import CONTROL, DATA, SEGMENT_BYTES, head_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .frames import Buffer


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
            self._urgent.append(head_of(CONTROL, len(piece)) + piece)
        self._write_urgent()

    def send(self, buffers: Sequence[Buffer]) -> None:
        with self._writing:
            for size, parts in _segments(buffers):
                self._write_all_urgent()
                write_buffers(self.fd, [head_of(DATA, size), *parts])
        self._write_urgent()

    def send_small(self, data: bytes) -> None:
        with self._writing:
            write_all(self.fd, head_of(DATA, len(data)) + data)
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
