"""Both channels over gRPC: this process serves two streams in both directions, see the protocol, "gRPC".

`grpc` comes from the plugin's environment. Whoever reads or writes a channel does so itself: no thread of this module stands
between it and the one thread of grpc, since a change of threads costs a small call a tenth of its time.
"""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread
from sys import _current_frames

from .frames import READ_BYTES, ConnectionLost, write_all

try:
    from posix import close, pipe, read
except ImportError:  # see frames.py
    from os import close, pipe, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Callable

    from .frames import Buffer

SERVICE = "bulkhead.plugin.v1.Frames"
# Of one message. A longer write is cut, so that memory holds little of a large body twice.
PIECE_BYTES = 262_144
# How long the end of this process waits until the host has all that was sent.
PATIENCE_SECONDS = 1.0

# Field 1, of the type bytes.
_TAG = 0x0A


class GrpcError(Exception):
    """The socket can't be served on."""


class GrpcServer:
    """Serves the host on a socket. `data` and `control`: what the two are read from and written to."""

    def __init__(self, grpc: Any, path: str) -> None:
        """Raises GrpcError."""
        before = set(_current_frames())
        self.data = Channel(grpc)
        self.control = Channel(grpc)
        self._server = grpc.server(_AtOnce(), options=[("grpc.max_receive_message_length", -1)])
        handlers = {
            name: grpc.stream_stream_rpc_method_handler(channel)
            for name, channel in (("Data", self.data), ("Control", self.control))
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        try:
            bound = self._server.add_insecure_port("unix:" + path)
        except RuntimeError as error:
            raise GrpcError("can't serve on %s: %s" % (path, error)) from None
        if not bound:  # older ones raise nothing
            raise GrpcError("can't serve on %s" % path)
        self._server.start()
        self.data.wait_for_host()
        self.control.wait_for_host()
        self.threads = frozenset(_current_frames()) - before

    def close(self) -> None:
        """Returns when the host has all that was sent. What is sent afterwards is lost."""
        self.data.end()
        self.control.end()
        self._server.stop(PATIENCE_SECONDS).wait(PATIENCE_SECONDS)

    def leave_in_child(self) -> None:
        """After a fork: the connection is the parent's."""
        self.data.leave()
        self.control.leave()


class Channel:
    """One stream in both directions: its Source and its Outlet. One thread at a time reads, and one writes."""

    # For grpc: the call of this object returns at once, and answers are sent by what it is given.
    experimental_non_blocking = True

    def __init__(self, grpc: Any) -> None:
        self._grpc = grpc
        # What arrives, for those that have to poll.
        self.fd, self._sink = pipe()
        self._is_polled = False
        self._is_needed = allocate_lock()
        self._is_needed.acquire()
        self._is_met = allocate_lock()
        self._is_met.acquire()
        self._messages: Any = None
        self._send: Callable[[Any], None]
        # Held while something is sent.
        self._sending = allocate_lock()
        # Nothing can be sent any more.
        self._is_over = False
        # This side has ended it.
        self._has_left = False

    def __call__(self, messages: Iterator[bytes], context: Any, send: Callable[[Any], None]) -> None:
        """Called by the thread of grpc. There is one host, and it opens each stream once."""
        if self._messages is not None:
            context.set_code(self._grpc.StatusCode.ALREADY_EXISTS)
            context.set_details("a host has this stream already")
            return send(None)
        self._messages, self._send = messages, send
        context.add_callback(self._lost)
        context.send_initial_metadata(())  # tells the host that this is the service it looks for
        self._is_met.release()

    def wait_for_host(self) -> None:
        self._is_met.acquire()

    # --- what arrives

    def start(self) -> int:
        """Returns the thread that reads for those that have to poll."""
        return start_new_thread(self._relay, ())

    def be_polled(self) -> int:
        if not self._is_polled:
            self._is_polled = True
            self._is_needed.release()
        return self.fd

    def read(self) -> bytes:
        if not self._is_polled:
            return self._receive()
        piece = read(self.fd, READ_BYTES)
        if not piece:
            raise ConnectionLost
        return piece

    def _receive(self) -> bytes:
        try:
            message = next(self._messages)
        except (StopIteration, self._grpc.RpcError):
            if self._has_left:
                _wait_for_ever()
            raise ConnectionLost from None
        try:
            return b"".join(pieces_of(message))
        except (ValueError, IndexError):
            raise ConnectionLost from None

    def _relay(self) -> None:
        self._is_needed.acquire()
        try:
            while True:
                write_all(self._sink, self._receive())
        except ConnectionLost:
            pass  # the host is gone, or the plugin has closed the descriptor, which `Descriptors` finds out
        finally:
            close(self._sink)

    # --- what is sent

    def write_all(self, data: bytes) -> None:
        self.write_buffers((data,))

    def write_buffers(self, buffers: Sequence[Buffer]) -> None:
        """Returns when all has left."""
        for buffer in buffers:
            view = memoryview(buffer)
            view = view if view.format == "B" and view.ndim == 1 else view.cast("B")
            for start in range(0, len(view), PIECE_BYTES):
                with self._sending:
                    if self._is_over:
                        raise ConnectionLost
                    self._send(_message(view[start : start + PIECE_BYTES]))

    def end(self) -> None:
        """Tells the host. One that doesn't read keeps no process from its end."""
        self._has_left = True
        if self._sending.acquire(True, PATIENCE_SECONDS):
            if not self._is_over:
                self._send(None)
            self._sending.release()
        self._is_over = True

    def leave(self) -> None:
        """In a forked child."""
        self._is_over = True
        self._messages = iter(())
        self._sending = allocate_lock()  # a thread that is missing in this child may hold it

    def _lost(self) -> None:
        self._is_over = True


class _AtOnce:
    """What a server runs its handlers on: none of ours waits."""

    def __init__(self) -> None:
        from concurrent.futures import Future

        self._future: Any = Future

    def submit(self, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        future = self._future()
        try:
            future.set_result(work(*args, **named))
        except BaseException as error:
            future.set_exception(error)
        return future


def _wait_for_ever() -> None:
    """The thread stops at the end of the process."""
    lock = allocate_lock()
    while True:
        lock.acquire()


def _message(piece: memoryview) -> bytes:
    """`repeated bytes pieces = 1` with one of them."""
    size = len(piece)
    head = bytearray((_TAG,))
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return b"".join((head, piece))


def pieces_of(message: bytes) -> Iterator[memoryview]:
    """Raises ValueError if it has other fields."""
    view, offset = memoryview(message), 0
    while offset < len(view):
        if view[offset] != _TAG:
            raise ValueError("not of %s" % SERVICE)
        size, shift, offset = 0, 0, offset + 1
        while True:
            part = view[offset]
            offset += 1
            size |= (part & 127) << shift
            shift += 7
            if part < 128:
                break
        yield view[offset : offset + size]
        offset += size
