"""A template: imports the plugin's module once, then forks an instance whenever the host asks for one.

It has a socket to the host, on which the messages of "Templates" in the protocol travel. fork_sockets.py says where those of its
forks come from.

A fork has only the thread that forked. A template therefore never starts one, and serves only where a trial shows that
no library has left one either.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import gc
import posix
import select
import sys
from time import sleep

from .._wire.end import flush_standard_streams
from .._wire.endpoint import CHANNEL_FD, LIFELINE_FD
from .._wire.outlet import DescriptorOutlet
from .channel import (
    CHECK,
    CHECKED,
    EXITED,
    FAILED,
    FORKED,
    IMPORTED,
    LEAVE,
    NOT_FORKED,
    REFUSED,
    SIGNAL,
    Channel,
)
from .fork_sockets import COUNT, fork_sockets
from .inherited import Inherited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn, Optional

    from .._author.host import Plugin
    from .._wire.endpoint import Endpoint
    from .._wire.hello import Hello
    from .serve import Instance

# A thread that was joined may stay in the system's list for a moment.
THREAD_PATIENCE_SECONDS = (0.0, 0.001, 0.005, 0.02, 0.05)


class Template:
    """Takes the place of an instance. In a fork an instance takes its place."""

    is_over = False
    main = "__main__"

    def __init__(
        self,
        instance: Instance,
        endpoint: Endpoint,
        folder: Optional[str],
        hello: Hello,
        meet_host: Callable[[], None],
    ) -> None:
        """`endpoint` is that of each fork. It is not open in the template. `folder`: see fork_sockets.py."""
        self._instance = instance
        # The descriptors of an instance, in the order in which the host connects their sockets.
        self._sockets = (endpoint.data, endpoint.control, 1, 2)
        self._hello = hello
        self._meet_host = meet_host
        _keep_free(endpoint.data, endpoint.control)
        self._channel = Channel()
        self._fork_sockets = fork_sockets(folder)
        self._children: dict[int, int] = {}

    # Of its forks.
    transport = "socket"

    def serve(self, plugin: Plugin) -> NoReturn:
        flush_standard_streams()
        _keep_free(*_closed())
        reason = _why_not_to_fork()
        if reason is not None:
            self._channel.send(REFUSED, 0, reason)
            self._leave(0)
        self._instance.prepare(plugin)
        sources = _Sources()
        inherited = Inherited(plugin)
        inherited.gather()
        exits = _ExitBell()
        self._channel.send(IMPORTED, 0)
        waiting = select.poll()
        waiting.register(CHANNEL_FD, select.POLLIN)
        waiting.register(exits.fd, select.POLLIN)
        while True:
            ready = [fd for fd, _ in waiting.poll()]
            if exits.fd in ready:
                exits.hush()
                self._report_exits()
            for kind, number, *values in self._channel.receive() if CHANNEL_FD in ready else ():
                if kind == LEAVE:
                    gc.unfreeze()
                    self._leave(0)
                if kind == CHECK:
                    self._channel.send(CHECKED, number, not sources.have_changed())
                elif kind == SIGNAL:
                    self._signal(number, *values)
                elif sources.have_changed():
                    self._channel.send(NOT_FORKED, number, "the plugin's files have changed")
                elif self._fork(number):
                    self._meet_host()
                    exits.close()
                    _reseed()
                    inherited.disown_handlers()
                    self._instance.inherited = inherited
                    self._instance.serve(plugin)

    def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn:
        flush_standard_streams()
        self._channel.send(FAILED, 0, failure)
        self._leave(1)

    def _leave(self, status: int) -> NoReturn:
        self.is_over = True
        sys.exit(status)

    def _report_exits(self) -> None:
        """Waits for each fork by its pid: the plugin waits for processes that it started itself."""
        for pid in list(self._children):
            if posix.waitid(posix.P_PID, pid, posix.WEXITED | posix.WNOHANG | posix.WNOWAIT) is not None:
                # What it started is in its group, whose number is no other's before it has been waited for.
                _kill(-pid, _signal.SIGKILL)
                _, status = posix.waitpid(pid, 0)
                number = self._children.pop(pid)
                by_signal = posix.WIFSIGNALED(status)
                code = None if by_signal else posix.WEXITSTATUS(status)
                self._channel.send(EXITED, number, code, posix.WTERMSIG(status) if by_signal else None)

    def _signal(self, number: int, signal: int, whole_group: bool) -> None:
        for pid, known in self._children.items():
            # It may not lead its group yet; then it has not started anything either.
            if known == number and not (whole_group and _kill(-pid, signal)):
                _kill(pid, signal)

    def _fork(self, number: int) -> bool:
        """True in the child. Does all it can before the fork: afterwards each touched page costs."""
        own: list[int] = []
        try:
            self._fork_sockets.take(own, number)
            flush_standard_streams()
            pid = posix.fork()
            if pid == 0:
                self._hello.send(DescriptorOutlet(own[0]))  # the host waits for it
                self._take_over(own)
                return True
            self._children[pid] = number
            self._channel.send(FORKED, number, pid)
        except OSError as error:
            self._channel.send(NOT_FORKED, number, "it can't be forked: %s" % error)
        finally:
            for fd in own:
                posix.close(fd)
        return False

    def _take_over(self, own: list[int]) -> None:
        """The sockets take their places, and what only the template needs goes."""
        try:
            posix.setsid()
            for fd, target in zip(own[:COUNT], self._sockets):
                posix.dup2(fd, target, target <= 2)
            self._fork_sockets.hold_lifeline(own)
            posix.close(CHANNEL_FD)
        except OSError:
            posix._exit(1)  # neither a template nor an instance


def _kill(target: int, signal: int) -> bool:
    try:
        posix.kill(target, signal)
    except OSError:
        return False
    return True


def _keep_free(*numbers: int) -> None:
    """Keeps the numbers that instances need from files that are opened from now on."""
    nowhere = posix.open("/dev/null", posix.O_RDWR | posix.O_CLOEXEC)
    for fd in numbers:
        if fd != nowhere:
            posix.dup2(nowhere, fd, False)
    if nowhere not in numbers:
        posix.close(nowhere)


def _closed() -> list[int]:
    """Those of these numbers that the plugin has closed."""
    found = []
    for fd in range(LIFELINE_FD + 1):
        try:
            posix.fstat(fd)
        except OSError:
            found.append(fd)
    return found


def _why_not_to_fork() -> Any:
    """The reason, or None. Counts threads after a trial fork: libraries that know of forks end theirs before one."""
    pid = posix.fork()
    if pid == 0:
        posix._exit(0)
    posix.waitpid(pid, 0)
    count = 1
    for delay in THREAD_PATIENCE_SECONDS:
        sleep(delay)
        count = len(posix.listdir("/proc/self/task"))
        if count == 1:
            return None
    return "threads that its import left running (%d) would be missing in a fork" % (count - 1)


def _reseed() -> None:
    """numpy's global generator; Python's own, in `random`, reseeds itself in a fork."""
    module = sys.modules.get("numpy.random")
    if module is not None:
        module.seed()


class _Sources:
    """The plugin's own files, as they were when it was imported; also those that its environment only refers to."""

    def __init__(self) -> None:
        library = str(sys.modules["encodings"].__file__).rpartition("/encodings/")[0]
        sdk = str(__file__).rpartition("/plugin_sdk/")[0]
        fixed = tuple(folder + "/" for folder in (sys.prefix, library, sdk))
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        own = [file for file in files if isinstance(file, str) and not file.startswith(fixed)]
        self._known = {file: _version(file) for file in own}

    def have_changed(self) -> bool:
        return any(_version(file) != version for file, version in self._known.items())


def _version(file: str) -> Any:
    try:
        status = posix.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


class _ExitBell:
    """Wakes `poll` when a child has ended."""

    def __init__(self) -> None:
        self.fd, self._write_fd = posix.pipe()
        for fd in (self.fd, self._write_fd):
            posix.set_blocking(fd, False)
        self._handler_before = _signal.signal(_signal.SIGCHLD, lambda _number, _frame: None)
        self._wakeup_before = _signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)

    def hush(self) -> None:
        posix.read(self.fd, 4096)

    def close(self) -> None:
        """Called in a fork: gives it the signal as the plugin left it."""
        _signal.set_wakeup_fd(self._wakeup_before)
        _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL if self._handler_before is None else self._handler_before)
        posix.close(self.fd)
        posix.close(self._write_fd)
