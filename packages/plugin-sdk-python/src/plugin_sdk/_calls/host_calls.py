"""Lets a running call ask the host for calls of other plugins, and for resources."""

from __future__ import annotations

from _thread import get_ident

from .._codec.codec import encode
from .._wire.frames import ACQUIRE, HOST_CALL, HOST_RESULT, RELEASE
from .meanwhile import read_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .._wire.control import Cancels
    from .connection import Connection


class RemoteError(Exception):
    """A call of another plugin failed, or a resource was not granted.

    `code` is one of the host's error codes, `data` what the other plugin's exception carried.
    """

    def __init__(self, code: str, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


RemoteError.__module__ = "plugin_sdk"


class HostCalls:
    """For one call at a time, in the main thread. `cancels` keeps Cancelled away while a frame is written."""

    def __init__(self, connection: Connection, cancels: Cancels) -> None:
        self._connection = connection
        self._cancels = cancels
        self._last = 0

    def call(
        self, plugin: str, value: object, action: str, timeout: Optional[float], traceparent: Optional[str]
    ) -> Any:
        return self.ask(self.number(), HOST_CALL, *_host_call(plugin, value, action, timeout, traceparent))

    async def call_async(
        self, plugin: str, value: object, action: str, timeout: Optional[float], traceparent: Optional[str]
    ) -> Any:
        return await self.ask_async(self.number(), HOST_CALL, *_host_call(plugin, value, action, timeout, traceparent))

    def number(self) -> int:
        self._last += 1
        return self._last

    def ask(self, number: int, kind: int, *what: object) -> Any:
        """Sends a question of that number, and waits for the answer. Raises `RemoteError`."""
        self._send(kind, number, self.present(kind), *what)
        message = read_on(self._connection)
        while (
            message is None or message[1] != number
        ):  # an answer to another number belongs to a call that was given up
            message = read_on(self._connection)
        return result_of(message)

    async def ask_async(self, number: int, kind: int, *what: object) -> Any:
        """Waits as `ask` does: no other call runs."""
        return self.ask(number, kind, *what)

    def present(self, kind: int) -> int:
        """The number of the running call that asks for something of that kind."""
        cancellation = self._connection.cancellation
        if get_ident() != cancellation.main_thread or cancellation.current is None:
            raise RuntimeError("%s belongs in a running call, and in its main thread" % CALLED[kind])
        ensure_offered(self._connection, kind)
        return cancellation.current

    def release(self, number: int, call: int) -> None:
        """Releases what was asked for under that number, or takes the question back."""
        if get_ident() != self._connection.cancellation.main_thread:
            raise RuntimeError("a lock is released in the main thread")
        self._send(RELEASE, number, call)

    def _send(self, *message: object) -> None:
        cancels, data = self._cancels, self._connection.data
        payload, bodies = encode(message, data.body_threshold)
        before = cancels.hold()
        try:
            data.put(payload, bodies)
            data.flush()
        finally:
            cancels.release(before)


def _host_call(
    plugin: str, value: object, action: str, timeout: Optional[float], traceparent: Optional[str]
) -> tuple[object, ...]:
    encode(value)  # without its message, so that the path in an error starts at what the author knows
    options: dict[str, object] = {} if timeout is None else {"timeout": timeout * 1000}
    if traceparent is not None:
        options["traceparent"] = traceparent
    return plugin, action, value, options


CALLED = {HOST_CALL: "context.call", ACQUIRE: "context.lock"}
_FEATURES = {HOST_CALL: "host_calls", ACQUIRE: "resources"}
_OFFERS = {HOST_CALL: "calls of other plugins", ACQUIRE: "resources"}


def ensure_offered(connection: Connection, kind: int) -> None:
    if not connection.data.has_agreed(_FEATURES[kind]):
        raise RuntimeError("this host does not offer %s" % _OFFERS[kind])


def result_of(message: Any) -> Any:
    """The value of a HOST_RESULT. Raises `RemoteError` for a HOST_FAILURE."""
    if message[0] == HOST_RESULT:
        return message[2]
    failure = message[2]
    raise RemoteError(failure["code"], failure["message"], failure.get("data"))
