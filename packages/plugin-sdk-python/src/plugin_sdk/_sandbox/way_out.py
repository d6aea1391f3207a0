"""The way out of a name space without networks: a socket that listens in there. The host accepts what connects to it.

Node takes descriptors only over the channel that it speaks with Node processes: a line of JSON with the descriptor beside it,
which it answers by another line. It is closed again before any code of the plugin or of its packages runs.
"""

from __future__ import annotations

import posix
from _socket import AF_INET, AF_UNIX, SCM_RIGHTS, SO_REUSEADDR, SOCK_CLOEXEC, SOCK_STREAM, SOL_SOCKET, socket

from .kernel import GateError, u32

# The host's variables for the plugin name it.
PORT = 3128
_WAITING = 128
_CHANNEL, _FORM = b"NODE_CHANNEL_FD", b"NODE_CHANNEL_SERIALIZATION_MODE"
_OFFER, _TAKEN = b'{"cmd":"NODE_HANDLE","type":"net.Server","msg":{"is":"way out"}}\n', b"NODE_HANDLE_ACK"
_READ_BYTES = 4096


def open_way_out() -> None:
    """To be called in the name space, whose loopback is up. Raises GateError."""
    variables: dict[bytes, bytes] = posix.environ
    given = variables.pop(_CHANNEL, None)
    variables.pop(_FORM, None)
    if given is None:
        raise GateError("the host has given no channel for its proxy")
    try:
        listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC)
        listening.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", PORT))
        listening.listen(_WAITING)
        channel = socket(AF_UNIX, SOCK_STREAM, 0, int(given))
        channel.setblocking(True)
        channel.sendmsg([_OFFER], [(SOL_SOCKET, SCM_RIGHTS, u32(listening.fileno()))])
        answer = b""
        while _TAKEN not in answer:
            read = channel.recv(_READ_BYTES)
            if not read:
                raise GateError("the host has not taken the socket for its proxy")
            answer += read
        channel.close()
        listening.close()
    except OSError as error:
        raise GateError("the host's proxy can't be reached: %s" % error) from None
