"""Both channels over gRPC: this process serves two streams in both directions, see the protocol, "gRPC".

`grpc` comes from the plugin's environment. Its threads and ours meet in pipes and queues: what arrives is read from a
descriptor, as of any other wire, so that whoever waits for it can wait for other things as well.
"""

from __future__ import annotations

from _queue import SimpleQueue
from _thread import allocate_lock, start_new_thread
from sys import _current_frames

from .frames import ConnectionLost, write_buffers

try:
    from posix import close, pipe
except ImportError:  # see frames.py
    from os import close, pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Callable, Optional

    from .frames import Buffer

SERVICE = "bulkhead.plugin.v1.Frames"
# Of one message. A longer write is cut, so that memory holds little of a large body twice.
PIECE_BYTES = 262_144
# Of data, pieces that wait for a host that doesn't read. The next one blocks its sender.
MOST_UNSENT = 16
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
        self.data = _Channel(MOST_UNSENT)
        self.control = _Channel(None)
        self._server = grpc.server(_Threads(), options=[("grpc.max_receive_message_length", -1)])
        handlers = {
            name: grpc.stream_stream_rpc_method_handler(channel.serve)
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


class _Channel:
    """One stream in both directions, and the Outlet of what goes to the host."""

    def __init__(self, most_unsent: Optional[int]) -> None:
        """`most_unsent`: None: no sender ever waits."""
        self.fd, self._sink = pipe()
        self._unsent: Any = SimpleQueue()
        self._is_met = allocate_lock()
        self._is_met.acquire()
        self._is_over = False
        # Who takes one may send a piece.
        self._places: Any = None
        if most_unsent is not None:
            self._places = SimpleQueue()
            for _ in range(most_unsent):
                self._places.put(None)

    def wait_for_host(self) -> None:
        self._is_met.acquire()

    def serve(self, messages: Iterator[bytes], context: Any) -> Iterator[bytes]:
        """Called by a thread of the server. There is one host, and it opens each stream once."""
        if self._sink < 0:
            return
        sink, self._sink = self._sink, -1
        start_new_thread(_hand_on, (messages, sink))
        context.send_initial_metadata(())  # tells the host that this is the service it looks for
        self._is_met.release()
        yield from self._outgoing()

    def write_all(self, data: bytes) -> None:
        self.write_buffers((data,))

    def write_buffers(self, buffers: Sequence[Buffer]) -> None:
        """Copies: code of the plugin may change them before they have left."""
        for buffer in buffers:
            view = memoryview(buffer)
            view = view if view.format == "B" and view.ndim == 1 else view.cast("B")
            for start in range(0, len(view), PIECE_BYTES):
                self._put(_message(view[start : start + PIECE_BYTES]))

    def end(self) -> None:
        self._is_over = True
        self._unsent.put(None)

    def _put(self, message: bytes) -> None:
        if self._is_over:
            raise ConnectionLost
        if self._places is not None:
            self._places.get()
        self._unsent.put(message)

    def _outgoing(self) -> Iterator[bytes]:
        """What waits together leaves together: messages of a repeated field, one behind the other, are one message."""
        unsent, places = self._unsent, self._places
        try:
            while True:
                message = unsent.get()
                if message is None:
                    return
                taken = 1
                while not unsent.empty() and len(message) < PIECE_BYTES:
                    more = unsent.get()
                    if more is None:
                        yield message
                        return
                    message += more
                    taken += 1
                yield message
                if places is not None:
                    for _ in range(taken):
                        places.put(None)
        finally:
            self._is_over = True
            if places is not None:  # whoever waits for a place must find out
                for _ in range(MOST_UNSENT):
                    places.put(None)


class _Threads:
    """What a server runs its handlers on. Those of `concurrent.futures` would keep Python from ending."""

    def __init__(self) -> None:
        from concurrent.futures import Future

        self._future: Any = Future

    def submit(self, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        future = self._future()

        def run() -> None:
            try:
                future.set_result(work(*args, **named))
            except BaseException as error:
                future.set_exception(error)

        start_new_thread(run, ())
        return future


def _hand_on(messages: Iterator[bytes], sink: int) -> None:
    try:
        for message in messages:
            for piece in pieces_of(message):
                write_buffers(sink, (piece,))
    except Exception:
        pass  # the host is gone, or the plugin has closed the descriptor, which `Descriptors` finds out
    finally:
        close(sink)


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
