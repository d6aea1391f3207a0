"""Reads messages of the host while a call waits for another plugin, a resource, or more of its input."""

from __future__ import annotations

from .._wire.frames import CALL, CREDIT, HOST_FAILURE, HOST_RESULT, INPUT_CHUNK, INPUT_END

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .connection import Connection


def read_on(connection: Connection) -> Optional[Any]:
    """Waits for one message and puts it where it belongs. Returns it if it answers a question of a call.

    A cancel takes effect between messages, never inside one.
    """
    cancellation, data = connection.cancellation, connection.data
    if not data.reader.has_frame():
        data.wait_for_bytes(None)
    before = cancellation.hold()
    try:
        message = data.next_message()
        data.flush()
        return _put_away(connection, message)
    finally:
        cancellation.release(before)


def _put_away(connection: Connection, message: Any) -> Optional[Any]:
    """Other messages wait, in their order, until the running call has ended."""
    kind = message[0]
    if kind in (HOST_RESULT, HOST_FAILURE):
        return message
    if kind in (INPUT_CHUNK, INPUT_END):
        connection.inputs.receive(message)
    elif kind == CREDIT and message[2] and connection.streams is not None:
        connection.streams.credit(message[1], message[2])
    else:
        if kind == CALL and len(message) > 5:
            connection.inputs.open(message)  # its chunks may follow at once
        connection.waiting.append(message)
    return None
