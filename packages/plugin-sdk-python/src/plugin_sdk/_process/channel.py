"""The channel between a template and its host; see "Templates" in the protocol."""

from __future__ import annotations

import posix
import select
from _socket import AF_UNIX, SO_PEERCRED, SOCK_STREAM, SOL_SOCKET, socket

from .._codec.codec import decode, encode
from .._wire.descriptors import BROKEN_STATUS
from .._wire.end import kill_with_descendants
from .._wire.frames import ConnectionLost, FrameReader, length_prefix, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHANNEL_FD = 6
LISTENER_FD = 7
FORK, CHECK, IMPORTED, REFUSED, FAILED, FORKED, NOT_FORKED, CHECKED, EXITED, LEAVE = range(64, 74)
# The host refuses longer frames.
FRAME_LIMIT = 256 * 1024
# struct ucred: pid, user and group
CREDENTIALS_BYTES = 12
# The host connects before it asks, so its sockets wait already.
ACCEPT_MILLISECONDS = 500


class Channel:
    """To the host. If it ends, this process ends. During the import of user code only the lifeline tells of the host's end."""

    def __init__(self) -> None:
        posix.set_inheritable(CHANNEL_FD, False)
        self._reader = FrameReader(CHANNEL_FD)
        self._host = posix.getppid()

    def send(self, kind: int, number: int, *values: Any) -> None:
        payload = encode([kind, number, *values])[0]
        if len(payload) > FRAME_LIMIT:  # a failure with a text, or a chain of causes, that is too long
            failure = values[0]
            shorter = {"code": failure["code"], "message": failure["message"][: FRAME_LIMIT // 8]}
            payload = encode([kind, number, shorter])[0]
        try:
            write_all(CHANNEL_FD, length_prefix(len(payload)) + payload)
        except (ConnectionLost, OSError):
            self._lost()

    def receive(self) -> list[list[Any]]:
        """At least one request."""
        try:
            requests = [decode(self._reader.next())]
            while self._reader.has_frame():
                requests.append(decode(self._reader.next()))
        except (ConnectionLost, OSError):
            self._lost()
        return requests

    def _lost(self) -> None:
        if posix.getppid() == self._host:
            posix._exit(BROKEN_STATUS)  # the host still runs, so code of the plugin has closed the channel
        kill_with_descendants()


class Listener:
    """Where the host connects the sockets of forks."""

    def __init__(self) -> None:
        posix.set_inheritable(LISTENER_FD, False)
        self._socket = socket(AF_UNIX, SOCK_STREAM, 0, LISTENER_FD)
        self._socket.setblocking(False)
        self._waiting = select.poll()
        self._waiting.register(LISTENER_FD, select.POLLIN)
        # The host made the channel. Only that process may connect, even if another learns the address.
        self._host = _peer_of(CHANNEL_FD)

    def accept(self, accepted: list[int], count: int) -> None:
        """Appends the next `count` connections of the host, in the order in which it made them."""
        while len(accepted) < count:
            try:
                fd: int = self._socket._accept()[0]  # type: ignore[attr-defined]
            except BlockingIOError:
                if not self._waiting.poll(ACCEPT_MILLISECONDS):
                    raise TimeoutError("the host has not connected its sockets") from None
                continue
            if _peer_of(fd) == self._host:
                accepted.append(fd)
            else:
                posix.close(fd)


def _peer_of(fd: int) -> bytes:
    """Process, user and group that made the other end, as the kernel says."""
    peer = socket(AF_UNIX, SOCK_STREAM, 0, fd)
    try:
        return peer.getsockopt(SOL_SOCKET, SO_PEERCRED, CREDENTIALS_BYTES)
    finally:
        peer.detach()
