"""The data channel: reads messages with their bodies, and writes answers in as few writes as possible without delay."""

from __future__ import annotations

from .._codec.codec import CodecError, decode, encode, encode_answer, read_head, resolve, scan_bodies
from .frames import (
    BODY_THRESHOLD_BYTES,
    CALL,
    DEFAULT_BODY_LIMIT,
    DEFAULT_FRAME_LIMIT,
    FAILURE,
    HEAD_BYTES,
    INPUT_CHUNK,
    ConnectionLost,
    FrameTooLong,
    length_prefix,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional

    from .._codec.accelerated import AcceleratedCodec
    from .._codec.extension import Body
    from .endpoint import Reader
    from .frames import Buffer
    from .outlet import Outlet

# As many finished answers share one write. The host works on them while the plugin runs the next calls: with more of them in one
# write the two would take turns, and each would have to be woken.
TOGETHER = 16


class DataChannel:
    def __init__(self, reader: Reader, outlet: Outlet) -> None:
        self.fd = reader.fd
        self.outlet = outlet
        self.reader = reader
        self.welcome: Optional[dict[str, Any]] = None
        self.body_threshold: Optional[int] = None
        self.frame_limit = DEFAULT_FRAME_LIMIT
        self._body_limit = DEFAULT_BODY_LIMIT
        self._parts: list[bytes] = []
        self.encode_answer: Callable[..., tuple[bytes, Sequence[Buffer]]] = encode_answer
        self._decode: Callable[..., Any] = decode

    def accelerate(self, codec: AcceleratedCodec) -> None:
        self.encode_answer = codec.encode_answer
        self._decode = codec.decode

    def agree(self, welcome: dict[str, Any]) -> None:
        self.welcome = welcome
        limits = welcome["limits"]
        self.frame_limit = self.reader.frame_limit = limits["frame"]
        self._body_limit = limits["body"]
        if "bodies" in welcome["features"]:
            self.body_threshold = BODY_THRESHOLD_BYTES

    def has_agreed(self, feature: str) -> bool:
        return self.welcome is not None and feature in self.welcome["features"]

    def has_message(self) -> bool:
        """Whether the next message is here, or has begun to arrive."""
        return self.reader.has_frame() or self.wait_for_bytes(0)

    def wait_for_bytes(self, milliseconds: Optional[int]) -> bool:
        """Reads nothing, so an interruption can't cut a frame."""
        return self.reader.wait(milliseconds)

    def next_message(self) -> Any:
        """The next valid message. Answers a call that can't be read; returns a mark in place of a chunk that can't."""
        reader = self.reader
        while True:
            try:
                payload = reader.next_buffered()
                while payload is None:
                    self.flush()
                    reader.fill()
                    payload = reader.next_buffered()
            except FrameTooLong as error:
                lost = self._refuse(error.head, "it has %d bytes, the limit is %d" % (error.length, self.frame_limit))
                if lost is not None:
                    return lost
                continue
            bodies: Optional[list[Body]] = None if self.body_threshold is None else []
            try:
                message = self._decode(payload, bodies)
            except CodecError as error:
                lost = self._refuse(payload, str(error))
                self._skip_bodies(scan_bodies(payload))
                if lost is not None:
                    return lost
                continue
            if not bodies:
                return message
            if self._receive(bodies):
                return resolve(message, bodies)
            lost = self._refuse(payload, "it has a body of more than %d bytes, the limit" % self._body_limit)
            if lost is not None:
                return lost

    def put(self, payload: bytes, bodies: Sequence[Buffer] = ()) -> None:
        parts = self._parts
        size = len(payload)
        if bodies or size > BODY_THRESHOLD_BYTES:
            self._parts = []
            self.outlet.write_buffers([b"".join(parts), length_prefix(size), payload, *bodies])
            return
        parts += (length_prefix(size), payload)
        if len(parts) >= 2 * TOGETHER:  # two parts make an answer
            self.flush()

    def flush(self) -> None:
        parts = self._parts
        if parts:
            self._parts = []
            self.outlet.write_all(b"".join(parts))

    def send(self, message: object) -> None:
        self.put(encode(message)[0])
        self.flush()

    def excess_of(self, payload: bytes, bodies: Sequence[Buffer]) -> Optional[dict[str, Any]]:
        """`{limit, bytes, maximum}` if the host would refuse this."""
        if len(payload) > self.frame_limit:
            return {"limit": "frame", "bytes": len(payload), "maximum": self.frame_limit}
        for body in bodies:
            if len(body) > self._body_limit:
                return {"limit": "body", "bytes": len(body), "maximum": self._body_limit}
        return None

    def forget(self) -> None:
        """Called in a forked child: what was read, or not yet written, is its parent's."""
        self._parts = []
        self.reader.forget()

    def _receive(self, bodies: list[Body]) -> bool:
        """Reads into the memory that user code will see. False: one was too long, and all were skipped."""
        reader = self.reader
        if not reader.has_buffered(sum(body.length for body in bodies)):
            self.flush()  # no finished answer waits for bytes that are slow to arrive
        fits = all(body.length <= self._body_limit for body in bodies)
        for body in bodies:
            if fits:
                reader.read_into(body.view)
            else:
                reader.skip(body.length)
        return fits

    def _skip_bodies(self, size: Optional[int]) -> None:
        if size is None:
            # Where the next frame starts is unknown.
            self.flush()
            raise ConnectionLost
        self.reader.skip(size)

    def _refuse(self, frame: bytes, reason: str) -> Optional[list[Any]]:
        """Answers a call. Returns a mark for a chunk: its stream must not close over the gap."""
        head = read_head(frame[:HEAD_BYTES])
        if len(head) == 2 and head[0] == CALL:
            failure = {"code": "FRAME_REFUSED", "message": "the call can't be read: " + reason}
            self.put(encode([FAILURE, head[1], failure])[0])
        elif len(head) == 2 and head[0] == INPUT_CHUNK:
            return [*head, None, "a chunk of the input can't be read: " + reason]
        return None
