"""Calls of other plugins, by way of the host, from inside a running call."""

from __future__ import annotations

from _thread import get_ident

from ._codec import encode
from ._meanwhile import read_on
from ._wire import HOST_CALL, HOST_RESULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Optional

    from ._codec_encode import Buffer
    from ._serve import Instance


class RemoteError(Exception):
    """A call of another plugin failed. `code` is one of the host's error codes, `data` what the other's exception carried."""

    def __init__(self, code: str, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


RemoteError.__module__ = "plugin_sdk"


class HostCalls:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._last = 0

    def call(self, plugin: str, value: object, action: str, timeout: Optional[float]) -> Any:
        instance = self._instance
        cancellation, data = instance.cancellation, instance.data
        if get_ident() != cancellation.main_thread or cancellation.current is None:
            raise RuntimeError("context.call belongs in a running call, and in its main thread")
        self._last += 1
        payload, bodies = self._encode(self._last, cancellation.current, plugin, value, action, timeout)
        before = cancellation.hold()
        try:
            data.put(payload, bodies)
            data.flush()
        finally:
            cancellation.release(before)
        return result_of(self._answer_to(self._last))

    async def call_async(self, plugin: str, value: object, action: str, timeout: Optional[float]) -> Any:
        """One call runs at a time: nobody is held up."""
        return self.call(plugin, value, action, timeout)

    def _encode(
        self, number: int, call: int, plugin: str, value: object, action: str, timeout: Optional[float]
    ) -> tuple[bytes, Sequence[Buffer]]:
        data = self._instance.data
        if not data.has_agreed("host_calls"):
            raise RuntimeError("this host does not offer calls of other plugins")
        encode(value)  # by itself, so that the path of what can't cross starts at what the author knows
        options = {} if timeout is None else {"timeout": timeout * 1000}
        return encode((HOST_CALL, number, call, plugin, action, value, options), data.body_threshold)

    def _answer_to(self, number: int) -> Any:
        message = read_on(self._instance)
        while message is None or message[1] != number:  # another's is of a call that was given up
            message = read_on(self._instance)
        return message


def result_of(message: Any) -> Any:
    """Of HOST_RESULT or HOST_FAILURE. Raises `RemoteError`."""
    if message[0] == HOST_RESULT:
        return message[2]
    failure = message[2]
    raise RemoteError(failure["code"], failure["message"], failure.get("data"))
