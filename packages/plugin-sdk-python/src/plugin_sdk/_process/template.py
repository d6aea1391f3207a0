"""A template: imports the plugin's module once, then forks an instance whenever the host asks for one.

It speaks Node's own channel between parent and child, from the child's side: lines of JSON, and with a line of the kind
NODE_HANDLE one descriptor, which Node turns into a socket. No path and no port: nobody else can connect.

A fork has only the thread that forked. A template therefore never starts one, and serves only where a trial shows that
no library has left one either.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import gc
import json
import posix
import select
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket, socketpair
from time import sleep

from .._wire.end import flush_standard_streams, kill_with_descendants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn

    from .._author.host import Plugin
    from .._wire.endpoint import Endpoint
    from .._wire.hello import Hello
    from .serve import Instance

LIFELINE_FD = 5
ACKNOWLEDGEMENT = b'{"cmd":"NODE_HANDLE_ACK"}'
# A thread that was joined may be in the system's list for a moment longer.
THREAD_PATIENCE_SECONDS = (0.0, 0.001, 0.005, 0.02, 0.05)


class Template:
    """Stands where an instance stands, until it is forked: then the fork's own instance does."""

    is_over = False

    def __init__(self, instance: Instance, endpoint: Endpoint, hello: Hello, meet_host: Callable[[], None]) -> None:
        """`endpoint` is that of each fork: nothing is open there yet."""
        self._instance = instance
        # What an instance is given, and as which descriptor. The host waits for the first two only.
        self._sockets = {"data": endpoint.data, "control": endpoint.control, "stdout": 1, "stderr": 2}
        self._hello = hello
        self._meet_host = meet_host
        _keep_free(endpoint.data, endpoint.control)
        self._channel = _Channel()
        self._lifelines = _Lifelines()
        self._children: dict[int, int] = {}

    def serve(self, plugin: Plugin) -> NoReturn:
        flush_standard_streams()
        _keep_free(*_closed())
        reason = _why_not_to_fork()
        if reason is not None:
            self._channel.send({"refused": reason})
            posix._exit(0)
        self._instance.prepare(plugin)
        sources = _Sources()
        # A collection in a fork would otherwise write to, and thereby copy, every page that holds an object.
        gc.collect()
        gc.freeze()
        exits = _ExitBell()
        self._channel.send({"ready": True})
        waiting = select.poll()
        waiting.register(self._channel.fd, select.POLLIN)
        waiting.register(exits.fd, select.POLLIN)
        while True:
            ready = [fd for fd, _ in waiting.poll()]
            if exits.fd in ready:
                exits.hush()
                self._report_exits()
            for request in self._channel.receive() if self._channel.fd in ready else ():
                if "check" in request:
                    self._channel.send({"checked": request["check"], "current": not sources.have_changed()})
                elif sources.have_changed():
                    self._channel.send({"failed": request["fork"], "reason": "the plugin's files have changed"})
                elif self._fork(request["fork"]):
                    self._meet_host()
                    exits.close()
                    self._channel.close()
                    _reseed()
                    self._instance.serve(plugin)

    def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn:
        flush_standard_streams()
        self._channel.send({"failure": failure})
        posix._exit(1)

    def _report_exits(self) -> None:
        """Each by its pid: processes that the plugin itself started are not ours to wait for."""
        for pid in list(self._children):
            waited, status = posix.waitpid(pid, posix.WNOHANG)
            if waited:
                number = self._children.pop(pid)
                by_signal = posix.WIFSIGNALED(status)
                code = None if by_signal else posix.WEXITSTATUS(status)
                self._channel.send(
                    {"exited": number, "code": code, "signal": posix.WTERMSIG(status) if by_signal else None}
                )

    def _fork(self, number: int) -> bool:
        """Whether this is the child. What the host waits for is sent before we fork: afterwards every page we touch costs."""
        pairs: dict[str, tuple[socket, socket]] = {}
        try:
            for name in self._sockets:
                pairs[name] = socketpair(AF_UNIX, SOCK_STREAM)
                # Node takes a handed-over socket as it is: one that blocks would stop the whole host in the middle of a body.
                pairs[name][0].setblocking(False)
            for name in ("data", "control"):
                self._channel.hand_over(number, name, pairs[name][0])
            flush_standard_streams()
            pid = posix.fork()
            if pid == 0:
                self._hello.send(pairs["data"][1].fileno())  # the host waits for it
                _take_over({self._sockets[name]: own.fileno() for name, (_, own) in pairs.items()})
                self._lifelines.take_one()
                return True
            self._children[pid] = number
            self._channel.send({"instance": number, "pid": pid})
            for name in ("stdout", "stderr"):
                self._channel.hand_over(number, name, pairs[name][0])
        except OSError as error:
            self._channel.send({"failed": number, "reason": "it can't be forked: %s" % error})
        finally:
            for pair in pairs.values():
                for end in pair:
                    end.close()
        return False


def _keep_free(*numbers: int) -> None:
    """No file that is opened from now on is to have a number that instances need."""
    nowhere = posix.open("/dev/null", posix.O_RDWR | posix.O_CLOEXEC)
    for fd in numbers:
        if fd != nowhere:
            posix.dup2(nowhere, fd, False)
    if nowhere not in numbers:
        posix.close(nowhere)


def _closed() -> list[int]:
    """Which of those numbers the plugin has closed meanwhile."""
    found = []
    for fd in range(LIFELINE_FD + 1):
        try:
            posix.fstat(fd)
        except OSError:
            found.append(fd)
    return found


def _take_over(own: dict[int, int]) -> None:
    try:
        posix.setsid()
        for target, fd in own.items():
            posix.dup2(fd, target, target <= 2)
    except OSError:
        posix._exit(1)  # neither a template nor an instance


class _Lifelines:
    """A pipe whose writing end only the template has: its forks end with it, as it does with the host."""

    def __init__(self) -> None:
        self._reading, self._writing = posix.pipe()

    def take_one(self) -> None:
        """In a fork. Opened anew, since whom a signal goes to is noted in the open file, which forks would share."""
        try:
            posix.close(self._writing)
            own = posix.open("/proc/self/fd/%d" % self._reading, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
            posix.dup2(own, LIFELINE_FD, False)
            posix.close(own)
            posix.close(self._reading)
        except OSError:
            posix._exit(1)


def _why_not_to_fork() -> Any:
    """None, or the reason. Libraries that know of forks end their threads before one; hence counted after a trial."""
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
    """The plugin's own files, as they were when it was imported."""

    def __init__(self) -> None:
        folder = str(sys.modules["__main__"].__file__).rpartition("/")[0] + "/"
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        self._known = {file: _version(file) for file in files if isinstance(file, str) and file.startswith(folder)}

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
        """In a fork, which has the signal as the plugin left it."""
        _signal.set_wakeup_fd(self._wakeup_before)
        _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL if self._handler_before is None else self._handler_before)
        posix.close(self.fd)
        posix.close(self._write_fd)


class _Channel:
    """To the host. Its end is the host's, and ours: while user code is imported it is the lifeline that tells."""

    def __init__(self) -> None:
        self.fd = int(posix.environ.pop(b"NODE_CHANNEL_FD"))
        posix.environ.pop(b"NODE_CHANNEL_SERIALIZATION_MODE", None)
        for name in ("NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"):
            posix.unsetenv(name)
        posix.set_inheritable(self.fd, False)
        posix.set_blocking(self.fd, True)
        self._socket = socket(fileno=self.fd)
        self._rest = b""

    def send(self, message: dict[str, Any]) -> None:
        self._send(json.dumps(message, default=repr).encode() + b"\n", [])

    def hand_over(self, number: int, name: str, end: socket) -> None:
        """The host's end of an instance's socket. Node acknowledges each."""
        self._send(
            b'{"cmd":"NODE_HANDLE","type":"net.Socket","msg":{"instance":%d,"socket":"%s"}}\n'
            % (number, name.encode()),
            [(SOL_SOCKET, SCM_RIGHTS, end.fileno().to_bytes(4, sys.byteorder))],
        )

    def _send(self, line: bytes, ancillary: list[Any]) -> None:
        try:
            sent = self._socket.sendmsg([line], ancillary)
            if sent < len(line):
                self._socket.sendall(line[sent:])
        except ConnectionError:
            kill_with_descendants()

    def receive(self) -> list[dict[str, Any]]:
        try:
            piece = self._socket.recv(65_536)
        except ConnectionError:
            piece = b""
        if not piece:
            kill_with_descendants()
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [json.loads(line) for line in lines if line != ACKNOWLEDGEMENT]

    def close(self) -> None:
        self._socket.close()
