"""Results and failures on their way out."""

from __future__ import annotations

from .._codec.codec import encode
from .._codec.text import represented
from .._wire.frames import FAILURE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .._wire.data import DataChannel


class InputRejected(Exception):
    """The input does not fit the action's parameters. Raised before the action is called, or while it reads a stream."""

    # Of the value that does not fit; None where it is not one value.
    path: Optional[str] = None


class Answers:
    def __init__(self, data: DataChannel, about_threads: str = "") -> None:
        """`about_threads` is said behind errors that speak of threads."""
        self._data = data
        self._about_threads = about_threads

    def send_value(self, kind: int, call: int, value: object = None) -> int:
        """Returns the bytes sent; 0 if the value can't be sent, and a FAILURE went instead."""
        data = self._data
        try:
            payload, bodies = data.encode_answer(kind, call, value, data.body_threshold)
        except Exception as error:  # a subclass or buffer of the plugin may raise anything
            self._refuse_result(call, value, error)
            return 0
        if not bodies and len(payload) <= data.frame_limit:
            data.put(payload)
            return len(payload)
        excess = data.excess_of(payload, bodies)
        if excess is None:
            data.put(payload, bodies)
            return len(payload) + sum(map(len, bodies))
        message = "the answer's {limit} has {bytes} bytes, and the limit is {maximum}".format_map(excess)
        self._fail(call, "RESULT_TOO_LARGE", message, excess)
        return 0

    def send_error(self, call: int, error: BaseException, was_cancelled: bool) -> None:
        if isinstance(error, InputRejected):
            self._fail(call, "INPUT_REJECTED", str(error), None if error.path is None else {"path": error.path})
            return
        from .failure import cancelled, describe

        failure = cancelled(error) if was_cancelled else describe(error, "PLUGIN_RAISED")
        if self._about_threads and "thread" in failure["message"]:
            failure["message"] = "%s; %s" % (failure["message"].rstrip("."), self._about_threads)
        self._send_failure(call, failure)

    def refuse_unknown(self, call: int, name: object, known: list[str]) -> None:
        self._fail(call, "ACTION_UNKNOWN", "there is no action %s" % represented(name), {"actions": known})

    def _refuse_result(self, call: int, result: object, error: Exception) -> None:
        from .failure import not_encodable

        try:
            encode(result)  # once more without its message, so that the path starts at what the author knows
        except Exception as better:
            error = better
        self._fail(call, *not_encodable(error))

    def _fail(self, call: int, code: str, message: str, details: object = None) -> None:
        from .failure import refusal

        self._send_failure(call, refusal(code, message, details))

    def _send_failure(self, call: int, failure: dict[str, Any]) -> None:
        self._data.put(encode((FAILURE, call, failure))[0])
