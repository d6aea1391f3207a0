"""What the host says while a call is in the middle of something: waits for another plugin, a resource, or more of its input."""

from __future__ import annotations

from .._wire.frames import CALL, CREDIT, HOST_FAILURE, HOST_RESULT, INPUT_CHUNK, INPUT_END

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .connection import Connection


def read_on(connection: Connection) -> Optional[Any]:
    """Waits for one message and puts it where it belongs; returns it if it answers what a call has asked.

    A cancel comes between messages, never inside one.
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
    """What nobody takes waits in its order until the running call lets the main loop go on."""
    kind = message[0]
    if kind in (HOST_RESULT, HOST_FAILURE):
        return message
    if kind in (INPUT_CHUNK, INPUT_END):
        connection.inputs.receive(message)
    elif kind == CREDIT and message[2] and connection.streams is not None:
        connection.streams.credit(message[1], message[2])
    else:
        if kind == CALL and len(message) > 5:
            connection.inputs.open(message)  # what it is given may follow at once
        connection.waiting.append(message)
    return None
