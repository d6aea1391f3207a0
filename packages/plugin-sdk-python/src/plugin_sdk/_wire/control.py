"""The control channel: answers pings, takes cancels, carries log lines, and ends this process with its host."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
from _thread import allocate_lock, start_new_thread

try:
    from posix import _exit, getpgrp, getpid, killpg
except ImportError:  # see frames.py
    from os import _exit, getpid

from .._calls.cancel import Cancellation
from .._codec.codec import CodecError, decode, encode
from .frames import (
    CANCEL,
    CONTROL_FD,
    DEBUG,
    PING,
    PONG,
    ConnectionLost,
    FrameReader,
    FrameTooLong,
    length_prefix,
    write_all,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Union

    from .._several.cancel import SharedCancellation


class ControlChannel:
    def __init__(self, cancellation: Cancellation, on_debug: Callable[[Sequence[Any]], None]) -> None:
        self.cancellation: Union[Cancellation, SharedCancellation] = cancellation
        self._on_debug = on_debug
        self._unsent: list[bytes] = []
        self._writing = allocate_lock()

    def start(self) -> None:
        start_new_thread(self._serve, ())

    def send(self, message: list[object]) -> None:
        """From any thread, also from a finaliser that runs in the middle of another `send`.

        Nobody waits for the lock: who has it writes for all. A frame is thus never cut, and no cancel finds it held.
        """
        payload = encode(message)[0]
        before = self.cancellation.hold()
        try:
            self._unsent.append(length_prefix(len(payload)) + payload)
            while self._unsent and self._writing.acquire(False):
                try:
                    while self._unsent:
                        write_all(CONTROL_FD, self._unsent.pop(0))
                finally:
                    self._writing.release()
        except ConnectionLost:
            pass  # the reading thread sees it too, and ends the process
        finally:
            self.cancellation.release(before)

    def _serve(self) -> None:
        try:
            reader = FrameReader(CONTROL_FD)
            while True:
                try:
                    message = decode(reader.next())
                except (CodecError, FrameTooLong):
                    continue  # the stream is in step, and nothing on control is worth dying for
                if message[0] == CANCEL:
                    self.cancellation.note(message[1])
                elif message[0] == PING:
                    self.send([PONG, message[1]])
                elif message[0] == DEBUG:
                    self._on_debug(message)
        except ConnectionLost:
            pass
        finally:
            # Also when the loop failed: without this thread nobody would notice that the host has gone.
            kill_with_descendants()


def kill_with_descendants() -> None:
    """Ends this process and what it started, at once: the host made it leader of a process group."""
    if getpgrp() == getpid():
        killpg(0, _signal.SIGKILL)
    _exit(1)
