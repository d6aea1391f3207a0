"""Opens the endpoint that the host names. Only this file knows which kinds there are.

`fd:3,4`      two sockets that this process was given, data and control
`unix:PATH`   a folder in which the host listens on two sockets, `data` and `control`, such as one mounted into a container;
              for a template on `channel`, see _process/fork_sockets.py
`zeromq:ADDRESS`  sockets of ZeroMQ that the host has bound, see zeromq.py
`stdio`       standard input and output, which this process then has no more: what it prints goes to standard error
`grpc:PATH`   a socket on which this process serves the host, see grpc_server.py
"""

from __future__ import annotations

import sys

from .frames import FrameReader
from .outlet import DescriptorOutlet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn, Optional, Protocol

    from .outlet import Outlet

    class Reader(Protocol):
        """As FrameReader."""

        fd: int
        frame_limit: int
        tells_more: bool

        def pollable(self) -> int: ...
        def next_buffered(self) -> Optional[bytes]: ...
        def has_frame(self) -> bool: ...
        def wait(self, milliseconds: Optional[int]) -> bool: ...
        def fill(self) -> None: ...
        def next(self) -> bytes: ...
        def has_buffered(self, size: int) -> bool: ...
        def read_into(self, target: memoryview) -> None: ...
        def skip(self, size: int) -> None: ...
        def forget(self) -> None: ...


# What a template has, also one that connects to its host: it keeps 3 and 4 free for its forks.
LIFELINE_FD = 5
CHANNEL_FD = 6
# The limit of Linux, without the byte that ends the path.
_LONGEST_PATH_BYTES = 107


class EndpointError(Exception):
    """The endpoint can't be opened, so the host can't be told. `status`: what this process exits with."""

    status = 2


class PackageMissing(EndpointError):
    """The environment lacks what the endpoint needs. The host knows the status."""

    status = 77


class Endpoint:
    """The descriptors that the two channels are read from, and where they are written to."""

    __slots__ = (
        "control",
        "control_outlet",
        "control_reader",
        "data",
        "data_outlet",
        "data_reader",
        "others",
        "start_thread",
        "switch_seconds",
        "threads",
        "transport",
    )

    def __init__(
        self, data: int, control: int, data_outlet: Optional[Outlet] = None, control_outlet: Optional[Outlet] = None
    ) -> None:
        """Without outlets the descriptors are sockets, and written to as well."""
        self.data = data
        self.control = control
        self.data_outlet = data_outlet or DescriptorOutlet(data)
        self.control_outlet = control_outlet or DescriptorOutlet(control)
        self.data_reader: Reader = FrameReader(data)
        self.control_reader: Reader = FrameReader(control)
        # Further descriptors by what they are for, and the threads that work for the channels.
        self.others: dict[str, int] = {}
        self.threads: frozenset[int] = frozenset()
        # As the registry names it.
        self.transport = "socket"
        # Starts a further thread that works for the channels, and returns it.
        self.start_thread: Optional[Callable[[], int]] = None
        # The control thread answers a ping this soon while user code computes. Measured: it costs no throughput.
        self.switch_seconds = 0.001

    def start_threads(self) -> None:
        """Once the gates of a sandbox are closed: they hold a thread that is made afterwards, and a fork has no other."""
        if self.start_thread is not None:
            self.threads |= {self.start_thread()}

    @property
    def descriptors(self) -> dict[str, int]:
        """By what they are for."""
        return {"data channel": self.data, "control channel": self.control, **self.others}


def open_endpoint(text: str, site_packages: Optional[str] = None) -> Endpoint:
    """`site_packages`: where the environment's packages are. Raises EndpointError."""
    kind, _, where = text.partition(":")
    if kind == "fd":
        numbers = where.split(",")
        if len(numbers) == 2 and all(map(str.isdigit, numbers)):
            return Endpoint(int(numbers[0]), int(numbers[1]))
        raise EndpointError("endpoint %r: fd takes two numbers of descriptors, data and control: fd:3,4" % text)
    if text == "stdio":
        return _open_stdio()
    if kind == "unix":
        return Endpoint(connected(where + "/data"), connected(where + "/control"))
    if kind == "grpc":
        return _open_grpc(where, site_packages)
    if kind == "zeromq":
        return _open_zeromq(where, site_packages)
    _refuse_kind("endpoint", text, "fd, unix, stdio, grpc and zeromq")


def open_template_endpoint(text: str) -> tuple[Endpoint, Optional[str]]:
    """Connects the channel of a template, unless it is inherited. Returns what each fork will have, which
    is not open yet, and the folder in which the host listens for them. Raises EndpointError."""
    kind, _, where = text.partition(":")
    if kind != "unix":
        return open_endpoint(text), None
    _move(connected(where + "/channel"), CHANNEL_FD)
    return Endpoint(3, 4), where


def open_lifeline(text: str, number: Optional[int] = None) -> int:
    """`fd:5`, or `unix:PATH` of a socket on which the host listens, connected as descriptor `number`. Raises EndpointError."""
    kind, _, where = text.partition(":")
    if kind == "fd" and where.isdigit():
        return int(where)
    if kind == "unix":
        return _move(connected(where), number)
    _refuse_kind("lifeline", text, "fd and unix")


def _move(fd: int, number: Optional[int]) -> int:
    if number is None or fd == number:
        return fd
    from posix import close, dup2

    dup2(fd, number, False)
    close(fd)
    return number


def _open_stdio() -> Endpoint:
    """From here on descriptors 0 and 1 are no stream of the protocol: code that reads or prints does it no harm."""
    from posix import O_RDONLY, close, dup, dup2
    from posix import open as open_file

    from .inflow import Inflow
    from .outflow import ControlOutlet, DataOutlet, Outflow
    from .piece_reader import PieceReader

    incoming, outgoing = dup(0), dup(1)
    nowhere = open_file("/dev/null", O_RDONLY)
    dup2(nowhere, 0)
    close(nowhere)
    dup2(2, 1)
    inflow, outflow = Inflow(incoming), Outflow(outgoing)
    data, control = inflow.ends
    endpoint = Endpoint(data, control, DataOutlet(outflow), ControlOutlet(outflow))
    endpoint.others = {"stream from": incoming, "stream to": outgoing}
    endpoint.transport = "stdio"
    endpoint.start_thread = inflow.start
    endpoint.data_reader = PieceReader(inflow, data)
    return endpoint


def _open_grpc(path: str, site_packages: Optional[str]) -> Endpoint:
    grpc = _import_from(site_packages, "grpc")
    import atexit
    import os

    from .grpc_server import GrpcError, GrpcServer
    from .piece_reader import PieceReader

    try:
        server = GrpcServer(grpc, path)
    except GrpcError as error:
        raise EndpointError(str(error)) from None
    data, control = server.data, server.control
    endpoint = Endpoint(data.fd, control.fd, data, control)
    endpoint.data_reader, endpoint.control_reader = PieceReader(data, data.fd), PieceReader(control, control.fd)
    endpoint.transport = "grpc"
    endpoint.start_thread = data.start
    endpoint.threads = server.threads
    # Python's own. Measured: a call takes a tenth longer where its thread and that of grpc interrupt each other.
    endpoint.switch_seconds = 0.005
    os.register_at_fork(after_in_child=server.leave_in_child)
    own_pid = os.getpid()
    # The first to be registered is the last to run: what other handlers log still leaves.
    atexit.register(lambda: server.close() if os.getpid() == own_pid else None)
    return endpoint


def _open_zeromq(address: str, site_packages: Optional[str]) -> Endpoint:
    zmq = _import_from(site_packages, "zmq")
    import atexit
    import os

    from .zeromq import Sockets, ZeromqError

    key = os.environ.pop("BULKHEAD_CURVE_KEY", None)
    try:
        sockets = Sockets(zmq, address, None if key is None else key.encode())
    except ZeromqError as error:
        raise EndpointError(str(error)) from None
    data, control = sockets.data, sockets.control
    endpoint = Endpoint(data.fd, control.fd, sockets.data_outlet, sockets.control_outlet)
    endpoint.transport = "zeromq"
    endpoint.data_reader, endpoint.control_reader = data, control
    own_pid = os.getpid()
    # The first to be registered is the last to run: what other handlers log still leaves.
    atexit.register(lambda: sockets.close() if os.getpid() == own_pid else None)
    return endpoint


def _import_from(site_packages: Optional[str], name: str) -> Any:
    """The environment's own. Its folder is on the path only for that: the plugin's folder has to come before it."""
    if site_packages:
        sys.path.append(site_packages)
    try:
        return __import__(name)
    except Exception as error:
        raise PackageMissing(
            "can't import %s from the plugin's environment: %s: %s" % (name, type(error).__name__, error)
        ) from None
    finally:
        if site_packages:
            sys.path.remove(site_packages)


def _refuse_kind(what: str, text: str, known: str) -> NoReturn:
    raise EndpointError(
        "%s %r: this SDK knows the kinds %s; its version may be older than the host's" % (what, text, known)
    )


def connected(path: str) -> int:
    """The descriptor of a socket that is connected to that path. Raises EndpointError."""
    from _socket import AF_UNIX, SOCK_STREAM, socket

    if len(path.encode()) > _LONGEST_PATH_BYTES:
        raise EndpointError("the path of a socket has at most %d bytes: %s" % (_LONGEST_PATH_BYTES, path))
    end = socket(AF_UNIX, SOCK_STREAM)
    try:
        end.connect(path)
    except OSError as error:
        end.close()
        raise EndpointError("can't connect to the host at %s: %s" % (path, error)) from None
    return end.detach()
