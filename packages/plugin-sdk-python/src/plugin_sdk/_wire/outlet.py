"""Where the frames of one channel are written."""

from __future__ import annotations

from .frames import write_all, write_buffers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from .frames import Buffer

    class Outlet(Protocol):
        """Both raise ConnectionLost."""

        def write_all(self, data: bytes) -> None: ...
        def write_buffers(self, buffers: Sequence[Buffer]) -> None:
            """All of them, one after the other, from where they lie."""


class DescriptorOutlet:
    """Of a channel that has a descriptor of its own."""

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write_all(self, data: bytes) -> None:
        write_all(self._fd, data)

    def write_buffers(self, buffers: Sequence[Buffer]) -> None:
        write_buffers(self._fd, buffers)
