"""The channel between a template, or a group, and its host; see "Templates" and "Groups" in the protocol."""

from __future__ import annotations

import posix

from .._codec.codec import decode, encode
from .._wire.descriptors import BROKEN_STATUS
from .._wire.end import kill_with_descendants
from .._wire.endpoint import CHANNEL_FD
from .._wire.frames import ConnectionLost, FrameReader, length_prefix, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORK, CHECK, IMPORTED, REFUSED, FAILED, FORKED, NOT_FORKED, CHECKED, EXITED, LEAVE, SIGNAL = range(64, 75)
# Of a group. LEAVE is that of a template.
BEGIN, NOT_BEGUN, ENDED, INTERRUPT, CULPRIT = range(75, 80)
# The host refuses longer frames.
FRAME_LIMIT = 256 * 1024


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
