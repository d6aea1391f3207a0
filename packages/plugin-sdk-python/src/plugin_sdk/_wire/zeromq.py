"""Both channels over ZeroMQ: one message for each frame, whose further parts are the frame's bodies.

Each channel has a socket for each direction. A socket of ZeroMQ may be used by one thread at a time: so one can wait for
messages while another sends. `zmq` comes from the plugin's environment.
"""

from __future__ import annotations

from _collections import deque  # type: ignore[import-not-found]
from _struct import Struct
from _thread import RLock

from .frames import DEFAULT_FRAME_LIMIT, HEAD_BYTES, ConnectionLost, FrameTooLong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Optional

    from .frames import Buffer

# What was sent is waited for this long when the process ends, in case the host doesn't read.
_LINGER_MILLISECONDS = 1_000
# Messages that wait in this process for a host that doesn't read. The next one blocks its sender.
_MOST_UNSENT = 64
# By the host's order: see the protocol, "ZeroMQ".
_NAMES = ("data-to-plugin", "data-to-host", "control-to-plugin", "control-to-host")

_length_at = Struct("<I").unpack_from


class ZeromqError(Exception):
    """The address is not one that a host gives."""


class Sockets:
    """Connected to the host at `address`, under the key of the host if it has one. Raises ZeromqError."""

    def __init__(self, zmq: Any, address: str, key: Optional[bytes]) -> None:
        # What is sent has a context of its own, whose end waits until all has left. Nothing waits for the other one.
        self._outgoing = zmq.Context()
        incoming = zmq.Context()
        keys = None if key is None else (key, *zmq.curve_keypair())
        data_in, data_out, control_in, control_out = (
            self._connected(zmq, context, place, keys)
            for context, place in zip((incoming, self._outgoing) * 2, _places(address))
        )
        self.data = Inlet(zmq, data_in)
        self.data_outlet = ZeromqOutlet(zmq, data_out)
        self.control = Inlet(zmq, control_in, control_in.get_monitor_socket(zmq.EVENT_DISCONNECTED))
        self.control_outlet = ZeromqOutlet(zmq, control_out)

    def _connected(self, zmq: Any, context: Any, place: str, keys: Any) -> Any:
        socket = context.socket(zmq.DEALER)
        socket.linger = _LINGER_MILLISECONDS if context is self._outgoing else 0
        socket.sndhwm = _MOST_UNSENT
        if keys is not None:
            socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = keys
        try:
            socket.connect(place)
        except zmq.ZMQError as error:
            raise ZeromqError("can't connect to the host at %s: %s" % (place, error)) from None
        return socket

    def close(self) -> None:
        """Returns when all that was sent has left. What is sent afterwards is lost."""
        self.data_outlet.close()
        self.control_outlet.close()
        self._outgoing.term()


class Inlet:
    """Receives as FrameReader reads. One thread uses it."""

    tells_more = True

    def __init__(self, zmq: Any, socket: Any, monitor: Any = None) -> None:
        """`monitor`: says when the host is gone."""
        self._socket = socket
        self._monitor = monitor
        self._watched = [(socket, zmq.POLLIN), *([] if monitor is None else [(monitor, zmq.POLLIN)])]
        self._poll = zmq.zmq_poll
        self._events, self._more, self._arrived, self._error = zmq.EVENTS, zmq.RCVMORE, zmq.POLLIN, zmq.ZMQError
        self._receive = socket.recv
        self._option = socket.get
        # Readable when something may have happened to the socket: `wait` and `has_frame` know what.
        self.fd: int = socket.get(zmq.FD)
        self.frame_limit = DEFAULT_FRAME_LIMIT
        self._payload: Optional[bytes] = None
        self._bodies: Any = deque()

    def pollable(self) -> int:
        return self.fd

    def next_buffered(self) -> Optional[bytes]:
        """The next frame's payload if it was received, else None."""
        payload = self._payload
        if payload is not None:
            self._payload = None
            if len(payload) > self.frame_limit:
                self._bodies.clear()
                raise FrameTooLong(len(payload), payload[:HEAD_BYTES])
        return payload

    def has_frame(self) -> bool:
        return self._payload is not None or bool(self._option(self._events) & self._arrived)

    def wait(self, milliseconds: Optional[int]) -> bool:
        """Receives nothing, so an interruption loses nothing."""
        if self.has_frame():
            return True
        return bool(self._poll(self._watched, -1 if milliseconds is None else milliseconds))

    def fill(self) -> None:
        """Waits for a message."""
        try:
            if self._monitor is not None:
                self._wait_or_end()
            self._payload = self._receive()
            while self._option(self._more):
                self._bodies.append(self._receive(0, False))
        except self._error:
            raise ConnectionLost from None

    def next(self) -> bytes:
        payload = self.next_buffered()
        while payload is None:
            self.fill()
            payload = self.next_buffered()
        return payload

    def has_buffered(self, _size: int) -> bool:
        """The parts of a message arrive together."""
        return True

    def read_into(self, target: memoryview) -> None:
        body = self._bodies.popleft().buffer if self._bodies else b""
        if len(body) != len(target):
            raise ConnectionLost  # the host has not kept to the protocol
        target[:] = body

    def skip(self, size: int) -> None:
        while size > 0 and self._bodies:
            size -= len(self._bodies.popleft())

    def forget(self) -> None:
        """Called in a forked child: the sockets are its parent's."""
        self._payload = None
        self._bodies.clear()

    def _wait_or_end(self) -> None:
        ready = [socket for socket, _ in self._poll(self._watched, -1)]
        if self._monitor in ready and self._socket not in ready:
            raise ConnectionLost


class ZeromqOutlet:
    def __init__(self, zmq: Any, socket: Any) -> None:
        self._socket = socket
        self._send_part = socket.send
        self._more, self._error = zmq.SNDMORE, zmq.ZMQError
        # Held while a message is sent, so that the end of this process does not close the socket below it.
        self._using = RLock()

    def write_all(self, data: bytes) -> None:
        """Whole frames."""
        end = 4 + _length_at(data)[0]
        if end == len(data):
            self._send((data[4:],))
            return
        start = 0
        while start < len(data):
            end = start + 4 + _length_at(data, start)[0]
            self._send((data[start + 4 : end],))
            start = end

    def write_buffers(self, buffers: Sequence[Buffer]) -> None:
        """Whole frames, then the length of another, its payload and its bodies."""
        frames, _, *parts = buffers
        if frames:
            self.write_all(frames)  # type: ignore[arg-type]
        self._send(parts)

    def close(self) -> None:
        with self._using:
            self._socket.close()

    def _send(self, parts: Sequence[Buffer]) -> None:
        last = len(parts) - 1
        with self._using:
            try:
                for index, part in enumerate(parts):
                    # Copied: code of the plugin may change it before it has left.
                    self._send_part(part, self._more if index < last else 0)
            except self._error:
                raise ConnectionLost from None


def _places(address: str) -> list[str]:
    """`ipc://FOLDER`, or `tcp://HOST:PORT,PORT,PORT,PORT`."""
    if address.startswith("ipc://"):
        return [address + "/" + name for name in _NAMES]
    host, _, ports = address.rpartition(":")
    places = [host + ":" + port for port in ports.split(",")]
    if not address.startswith("tcp://") or len(places) != len(_NAMES):
        raise ZeromqError("%r: expected ipc://FOLDER, or tcp://HOST: and four ports" % address)
    return places
