"""Where the frames of one channel are written."""

from __future__ import annotations

from .._python_alone import PythonAlone
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


# What the kernel takes of a large answer before the host has read any of it, as far as the system allows. Measured with 1 MiB
# there and back: with the usual 208 KiB the two wait for each other in turn, and take a fifth more of the processor's time.
_SEND_BYTES = 1024 * 1024


class DescriptorOutlet:
    """Of a channel that has a descriptor of its own."""

    __slots__ = ("_fd", "_is_widened")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._is_widened = False

    def write_all(self, data: bytes) -> None:
        write_all(self._fd, data)

    def write_buffers(self, buffers: Sequence[Buffer]) -> None:
        if not self._is_widened:
            self._is_widened = True
            _widen(self._fd)
        write_buffers(self._fd, buffers)


def _widen(fd: int) -> None:
    with PythonAlone():
        from _socket import AF_UNIX, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET, getdefaulttimeout, socket
    if getdefaulttimeout() is not None:
        return  # the plugin's, and with it an object for this descriptor would make the channel one that does not block
    try:
        end = socket(AF_UNIX, SOCK_STREAM, 0, fd)
    except OSError:
        return  # it is no socket
    try:
        end.setsockopt(SOL_SOCKET, SO_SNDBUF, _SEND_BYTES)
    finally:
        end.detach()
