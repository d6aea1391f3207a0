"""Lets the thread that reads wait for the next message of the host, or for the end of the last call, whichever comes first."""

from __future__ import annotations

from .._python_alone import PythonAlone

try:
    from posix import close, pipe, read, write
except ImportError:  # see frames.py
    from os import close, pipe, read, write

with PythonAlone():
    import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .._wire.shared_data import SharedDataChannel


class LastCall:
    def __init__(self, data: SharedDataChannel) -> None:
        self._data = data
        self._ear, self._bell = pipe()
        self._poll: Any = select.poll()
        for fd in (self._ear, data.reader.pollable()):
            self._poll.register(fd, select.POLLIN)

    def ended(self) -> None:
        """Called by any thread."""
        write(self._bell, b"!")

    def awaits_message(self, are_calls_left: Callable[[], bool]) -> bool:
        """Waits until a message is here (True), or all calls have ended (False)."""
        data = self._data
        while are_calls_left():
            data.flush()
            if data.reader.has_frame():
                return True
            ready = [fd for fd, _ in self._poll.poll()]
            if data.has_message():  # of some wires the descriptor also tells of what is no message
                return True
            if self._ear in ready:
                read(self._ear, 1)
        return False

    def close(self) -> None:
        """Called when no thread is left that could ring."""
        close(self._ear)
        close(self._bell)
