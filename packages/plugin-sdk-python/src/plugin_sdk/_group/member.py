"""One plugin of a group, from its start to its end."""

from __future__ import annotations

import posix
import sys
from _socket import AF_UNIX, SHUT_RDWR, SOCK_STREAM, socket
from _thread import get_ident, start_new_thread
from time import monotonic, sleep

from .._author.context import Context
from .._process.launch import run_plugin
from .._wire.endpoint import Endpoint
from .._wire.hello import Hello
from .entry import entry_in_space
from .instance import FEATURES_OF_THREADS, ThreadInstance
from .present import enter
from .streams import open_stream
from .working_folder import own_working_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .._codec.accelerated import AcceleratedCodec
    from .spaces import Space

# As a whole process waits at its end.
PATIENCE_SECONDS = 1.0
_STEP_SECONDS = 0.005


class Setting:
    """What all plugins of a group have in common."""

    def __init__(self, codec: Optional[AcceleratedCodec], closed: Any, refusal: Optional[str]) -> None:
        """`closed`: which gates are; `refusal`: why no code of a plugin may run."""
        self.codec = codec
        self.closed = closed
        self.refusal = refusal


class Member:
    def __init__(self, number: int, options: dict[str, str], sockets: list[int], setting: Setting) -> None:
        """`number`: the host's. `sockets`: data, control, standard output and standard error."""
        self.number = number
        self.context = Context()
        self.instance: Optional[ThreadInstance] = None
        self.threads: set[int] = set()
        self.stdout = open_stream(sockets[2])
        self.stderr = open_stream(sockets[3])
        self._sockets = sockets
        self._options = options
        self._setting = setting
        self.space: Optional[Space] = None

    @property
    def server(self) -> Optional[ThreadInstance]:
        return self.instance

    def start(self, name: str, ended: Callable[[Member, int], None]) -> None:
        """`name`: that of its space of modules."""
        start_new_thread(self._run, (name, ended))

    def hang_up(self) -> None:
        """Ends its channels, so that nothing more is read or written."""
        for fd in self._sockets[:2]:
            _shut_down(fd)

    def leave_in_child(self) -> None:
        """After a fork: the child is no member."""
        if self.instance is not None:
            self.instance.connection.leave_in_child()

    def _run(self, name: str, ended: Callable[[Member, int], None]) -> None:
        enter(self)
        status = 1
        try:
            self._serve(name)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        self._is_not_interrupted()
        try:
            self._wait_for_threads()
            self._let_go()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            ended(self, status)

    def _is_not_interrupted(self) -> None:
        """From here on: else its end might not be told. Raises what has been set for this thread before."""
        self.threads.discard(get_ident())
        try:
            for _ in (1, 2):
                pass
        except SystemExit:
            pass

    def _serve(self, name: str) -> None:
        options, setting = self._options, self._setting
        own_working_folder(options["--folder"])
        entry = entry_in_space(options, name)
        self.space = entry.space
        endpoint = Endpoint(self._sockets[0], self._sockets[1])
        instance = self.instance = ThreadInstance(endpoint, entry.space.main)
        codec = setting.codec
        if codec is not None:
            instance.connection.data.accelerate(codec)
        hello = Hello(
            options.get("--environment", ""), "pure" if codec is None else "c", setting.closed, FEATURES_OF_THREADS
        )
        hello.send(endpoint.data_outlet)
        instance.meet_host()
        if setting.refusal is not None:
            instance.refuse_to_start({"code": "SANDBOX_UNAVAILABLE", "message": setting.refusal})
        run_plugin(entry)

    def _wait_for_threads(self) -> None:
        """What runs on after that, runs in the group."""
        deadline = monotonic() + PATIENCE_SECONDS
        while self.threads and monotonic() < deadline:
            sleep(_STEP_SECONDS)
        count = len(self.threads)
        if count:
            self.context.log.warning(
                "%d of its threads still run %g s after cleanup, and go on in the group. Let cleanup() end them and wait for them."
                % (count, PATIENCE_SECONDS)
            )

    def _let_go(self) -> None:
        for stream in (self.stdout, self.stderr):
            try:
                stream.flush()
            except OSError:
                continue  # the host has gone
        self.hang_up()
        instance, space = self.instance, self.space
        reads_control = instance is not None and not instance.control_ends(PATIENCE_SECONDS)
        if self.threads or reads_control:
            _lead_nowhere(self._sockets)
        else:
            for fd in self._sockets:
                posix.close(fd)
        if instance is not None:
            instance.let_go()
        if space is not None:
            space.close()


def _lead_nowhere(fds: list[int]) -> None:
    """What still runs may write to them. Once closed, their numbers would be those of other files."""
    nowhere = posix.open("/dev/null", posix.O_RDWR | posix.O_CLOEXEC)
    for fd in fds:
        posix.dup2(nowhere, fd, False)
    posix.close(nowhere)


def _shut_down(fd: int) -> None:
    """Ends a read of another thread, which closing it would not."""
    end = socket(AF_UNIX, SOCK_STREAM, 0, fd)
    try:
        end.shutdown(SHUT_RDWR)
    except OSError:
        pass  # the host has gone
    finally:
        end.detach()
