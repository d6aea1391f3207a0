"""HELLO: describes the instance before any user code runs."""

from __future__ import annotations

import sys

from .._codec.codec import encode
from .._version import __version__
from .end import kill_with_descendants
from .frames import FEATURES, HELLO, PROTOCOL_RANGE, ConnectionLost, length_prefix

try:
    from posix import getpid
except ImportError:  # see frames.py
    from os import getpid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .outlet import Outlet

# Encoded in four bytes after its head, as any pid can be, and overwritten by the real one.
ANY_PID = 2**32 - 1


class Hello:
    """Everything but the pid is encoded once, in a template for all its forks."""

    def __init__(
        self,
        environment: str,
        codec: str,
        sandbox: Optional[dict[str, Any]],
        features: tuple[str, ...] = FEATURES,
    ) -> None:
        """`sandbox`: which gates are closed; None: none is."""
        hello: dict[str, Any] = {
            "protocol": PROTOCOL_RANGE,
            "features": features,
            "sdk": {"name": "bulkhead-plugin-sdk", "version": __version__, "codec": codec},
            "language": {
                "name": "python",
                "version": "%d.%d.%d" % sys.version_info[:3],
                "implementation": sys.implementation.name,
            },
            "environment": environment,
            **({} if sandbox is None else {"sandbox": sandbox}),
            "pid": ANY_PID,
        }
        payload = encode([HELLO, 0, hello])[0]
        # The pid stands last, so its bytes are the last four.
        self._before_pid = length_prefix(len(payload)) + payload[:-4]

    def send(self, outlet: Outlet) -> None:
        try:
            outlet.write_all(self._before_pid + getpid().to_bytes(4, "big"))
        except ConnectionLost:
            kill_with_descendants()
