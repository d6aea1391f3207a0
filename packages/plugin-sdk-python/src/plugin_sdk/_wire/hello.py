"""What an instance says of itself, before any user code can go wrong."""

from __future__ import annotations

import sys

from .._codec.codec import encode
from .._version import __version__
from .end import kill_with_descendants
from .frames import FEATURES, HELLO, PROTOCOL_RANGE, ConnectionLost, length_prefix, write_all

try:
    from posix import getpid
except ImportError:  # see frames.py
    from os import getpid

# Takes four bytes behind its first, as any pid may: it is written over.
ANY_PID = 2**32 - 1


class Hello:
    """All but the pid is made ready once: in a template for all of its forks."""

    def __init__(self, environment: str, codec: str) -> None:
        hello = {
            "protocol": PROTOCOL_RANGE,
            "features": FEATURES,
            "sdk": {"name": "bulkhead-plugin-sdk", "version": __version__, "codec": codec},
            "language": {
                "name": "python",
                "version": "%d.%d.%d" % sys.version_info[:3],
                "implementation": sys.implementation.name,
            },
            "environment": environment,
            "pid": ANY_PID,
        }
        payload = encode([HELLO, 0, hello])[0]
        # It stands last: whatever the other values are, these bytes are its own.
        self._before_pid = length_prefix(len(payload)) + payload[:-4]

    def send(self, fd: int) -> None:
        try:
            write_all(fd, self._before_pid + getpid().to_bytes(4, "big"))
        except ConnectionLost:
            kill_with_descendants()
