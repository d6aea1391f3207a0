"""Where a template gets the sockets of its forks from; see "Templates" in the protocol.

On its host's machine it inherits a listening socket, to which the host connects. In a container it shares only a folder with
its host: the host listens there, in a folder for each fork, and the template connects.
"""

from __future__ import annotations

import posix
import select
from _socket import AF_UNIX, SO_PEERCRED, SOCK_STREAM, SOL_SOCKET, socket

from .._wire.endpoint import CHANNEL_FD, LIFELINE_FD, EndpointError, connected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Protocol

    class ForkSockets(Protocol):
        def take(self, taken: list[int], number: int) -> None:
            """Appends the descriptors of the fork with that number: data, control, standard output and error, and more."""

        def hold_lifeline(self, taken: list[int]) -> None:
            """Called in a fork: puts its lifeline in place, and closes what only the template needs."""


LISTENER_FD = 7
# Data, control, standard output, standard error.
COUNT = 4
# struct ucred: pid, user and group
CREDENTIALS_BYTES = 12
# The host connects before it asks, so its sockets wait already.
ACCEPT_MILLISECONDS = 500


def fork_sockets(folder: Optional[str]) -> ForkSockets:
    """`folder`: in which the host listens; None: a listening socket is inherited."""
    return Listener() if folder is None else Folder(folder)


class Listener:
    """Where the host connects the sockets of forks, four for each."""

    def __init__(self) -> None:
        posix.set_inheritable(LISTENER_FD, False)
        self._socket = socket(AF_UNIX, SOCK_STREAM, 0, LISTENER_FD)
        self._socket.setblocking(False)
        self._waiting = select.poll()
        self._waiting.register(LISTENER_FD, select.POLLIN)
        # The host made the channel. Only that process may connect, even if another learns the address.
        self._host = _peer_of(CHANNEL_FD)
        # Only the template holds the writing end: when it ends, the kernel ends its forks.
        self._reading, self._writing = posix.pipe()

    def take(self, taken: list[int], number: int) -> None:
        """The next connections of the host, in the order in which it made them."""
        while len(taken) < COUNT:
            try:
                fd: int = self._socket._accept()[0]  # type: ignore[attr-defined]
            except BlockingIOError:
                if not self._waiting.poll(ACCEPT_MILLISECONDS):
                    raise TimeoutError("the host has not connected its sockets") from None
                continue
            if _peer_of(fd) == self._host:
                taken.append(fd)
            else:
                posix.close(fd)

    def hold_lifeline(self, taken: list[int]) -> None:
        """Opens the pipe anew: forks would share the open file, where the kernel notes who gets the signal."""
        posix.close(self._writing)
        own = posix.open("/proc/self/fd/%d" % self._reading, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
        posix.dup2(own, LIFELINE_FD, False)
        posix.close(own)
        posix.close(self._reading)
        posix.close(LISTENER_FD)


class Folder:
    """Where the host listens: for the fork with number 3 on the sockets `3/data`, `3/control` and so on."""

    def __init__(self, path: str) -> None:
        self._path = path

    def take(self, taken: list[int], number: int) -> None:
        for name in ("data", "control", "stdout", "stderr", "lifeline"):
            try:
                taken.append(connected("%s/%d/%s" % (self._path, number, name)))
            except EndpointError as error:
                raise OSError(str(error)) from None

    def hold_lifeline(self, taken: list[int]) -> None:
        """Each fork has one of its own. The container ends with its template, and every fork with the container."""
        posix.dup2(taken[COUNT], LIFELINE_FD, False)


def _peer_of(fd: int) -> bytes:
    """Process, user and group that made the other end, as the kernel says."""
    peer = socket(AF_UNIX, SOCK_STREAM, 0, fd)
    try:
        return peer.getsockopt(SOL_SOCKET, SO_PEERCRED, CREDENTIALS_BYTES)
    finally:
        peer.detach()
