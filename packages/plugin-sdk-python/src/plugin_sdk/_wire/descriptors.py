"""Watches the descriptors to the host, and ends this process when one of them ends."""

from __future__ import annotations

from .._python_alone import PythonAlone
from .end import kill_with_descendants

try:
    from posix import _exit, fstat, set_inheritable, write
except ImportError:  # see frames.py
    from os import _exit, fstat, set_inheritable, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Optional

    from .endpoint import Endpoint

# The host knows this status: the plugin has closed, replaced or shut down a channel.
BROKEN_STATUS = 76
# A host that dies closes one descriptor after the other: the lifeline may be the last.
LIFELINE_PATIENCE_MILLISECONDS = 100


class Descriptors:
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._lifeline: Optional[int] = None
        # By the name of a channel: its descriptor, and the open file behind it.
        self._known: dict[str, tuple[int, Optional[tuple[int, int]]]] = {}

    def remember(self, lifeline: Optional[int]) -> None:
        """Called once they are open, in a template after the fork. Programs that the plugin starts don't inherit them."""
        named = self._endpoint.descriptors
        if lifeline is not None:
            named["lifeline channel"] = self._lifeline = lifeline
        for name, fd in named.items():
            set_inheritable(fd, False)
            self._known[name] = fd, _identity(fd)

    @property
    def numbers(self) -> list[int]:
        """Of the channels."""
        return list(self._endpoint.descriptors.values())

    def end_process(self) -> NoReturn:
        """A channel has ended, by the host or by the plugin itself, which is explained."""
        self.end_if_broken()
        kill_with_descendants()

    def end_if_broken(self) -> None:
        """Reading or writing has failed. Waits for a moment, in case the host is ending."""
        self.check()
        if self._lifeline is not None and not _has_ended(self._lifeline):
            numbers = " or ".join(map(str, self._endpoint.descriptors.values()))
            _end_with("A channel to the host was shut down, by this plugin or the host: file descriptor %s." % numbers)

    def check(self) -> None:
        """Ends this process if the plugin has closed or replaced one."""
        for name, (fd, identity) in self._known.items():
            found = _identity(fd)
            if found != identity:
                done = "closed" if found is None else "replaced"
                _end_with(
                    "This plugin can't go on: it has %s file descriptor %d, the %s to its host. "
                    "Plugins must leave it alone." % (done, fd, name)
                )


def _end_with(reason: str) -> NoReturn:
    try:
        write(2, (reason + "\n").encode())
    except OSError:
        pass  # standard error was closed as well
    _exit(BROKEN_STATUS)


def _identity(fd: int) -> Optional[tuple[int, int]]:
    try:
        status = fstat(fd)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _has_ended(lifeline: int) -> bool:
    with PythonAlone():
        import select

    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    return bool(poll.poll(LIFELINE_PATIENCE_MILLISECONDS))
