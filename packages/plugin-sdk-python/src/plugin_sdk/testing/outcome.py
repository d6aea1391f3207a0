"""How a call ends that has no result."""

from __future__ import annotations

from .._author.hooks import Veto
from .._calls.cancel import Cancelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


class CallFailed(Exception):
    """A call failed for another reason than an exception of the plugin, which a test sees as it is.

    `code` is what the caller of a real host gets: INPUT_REJECTED, ACTION_UNKNOWN, RESULT_NOT_ENCODABLE, CALL_TIMEOUT, ….
    """

    def __init__(self, code: str, message: str, data: Any = None) -> None:
        super().__init__("%s: %s" % (code, message))
        self.code = code
        self.message = message
        self.data = data


CallFailed.__module__ = "plugin_sdk.testing"


def failed(failure: dict[str, Any], raised: Optional[BaseException]) -> BaseException:
    """What a test is to see of a FAILURE. `raised` is what came out of the plugin's own code."""
    code = failure["code"]
    if code == "PLUGIN_RAISED" and raised is not None:
        return raised
    if code == "CALL_CANCELLED":
        return raised if isinstance(raised, Cancelled) else _after(Cancelled(), raised)
    return CallFailed(code, failure["message"], failure.get("data"))


def _after(error: BaseException, cause: Optional[BaseException]) -> BaseException:
    error.__cause__ = cause
    return error


def hook_data(answer: dict[str, Any], sent: Any) -> Any:
    """The data that a run of hooks has left. Raises `Veto`, or CallFailed."""
    ending = answer.get("ending")
    if ending is None:
        return answer.get("data", sent)
    if ending["kind"] == "veto":
        raise Veto(ending["reason"])
    if ending["kind"] == "invalid":
        raise CallFailed("HOOK_RESULT_INVALID", ending["reason"])
    failure = ending["failure"]
    code = "HOOK_DATA_INVALID" if failure["code"] == "INPUT_REJECTED" else "HOOK_FAILED"
    said = failure["message"] if "type" not in failure else "%(type)s: %(message)s\n%(traceback)s" % failure
    raise CallFailed(code, said, failure)
