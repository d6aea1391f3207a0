"""Turns an exception into a FAILURE. Imported when the first one happens."""

from __future__ import annotations

from .._codec.codec import CodecError, encode
from .._codec.plugin_names import shown_module, shown_text
from .._codec.text import bounded, readable, represented
from .._python_alone import PythonAlone
from .cancel import Cancelled
from .shadowing import shadowing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Optional

LONGEST_CHAIN = 8
LONGEST_MESSAGE = 8 * 1024
LONGEST_TRACEBACK = 64 * 1024
LARGEST_DATA_BYTES = 1024 * 1024

# Frames of this package, the launcher and the import system tell the author of a plugin nothing.
_OWN_FOLDER = __file__.rpartition("/_calls/")[0] + "/"
_HIDDEN = (_OWN_FOLDER, "<frozen importlib", "<frozen runpy")


def describe(error: BaseException, code: str) -> dict[str, Any]:
    """`{code, message, type, traceback, cause?, data?}`, all of it bounded. Never raises."""
    seen: set[int] = set()
    failure = outermost = _describe_one(error, code)
    for _ in range(LONGEST_CHAIN - 1):
        seen.add(id(error))
        cause = _cause_of(error)
        if cause is None or id(cause) in seen:
            break
        failure["cause"] = _describe_one(cause, "PLUGIN_RAISED")
        failure, error = failure["cause"], cause
    return outermost


def type_name(error: BaseException) -> str:
    """`ValueError`, `shop.errors.OutOfStock`; classes of the plugin's own file go without a module."""
    cls = type(error)
    module = shown_module(cls.__module__)
    return cls.__qualname__ if module in ("builtins", "__main__") else "%s.%s" % (module, cls.__qualname__)


def _cause_of(error: BaseException) -> Optional[BaseException]:
    if error.__cause__ is not None:
        return error.__cause__
    return None if error.__suppress_context__ else error.__context__


def _describe_one(error: BaseException, code: str) -> dict[str, Any]:
    failure: dict[str, Any] = {
        "code": code,
        "message": shown_text(readable(_message_of(error), LONGEST_MESSAGE)) + shadowing(error) + _elsewhere(error),
        "type": readable(type_name(error), LONGEST_MESSAGE),
        "traceback": _format(error),
    }
    data = _data_of(error)
    if data is not None:
        failure["data"] = data
    return failure


def _message_of(error: BaseException) -> object:
    if isinstance(error, SystemExit):
        # The argument of exit may be a message, which Python would print.
        code = 0 if error.code is None else error.code
        if isinstance(code, int):
            return "called exit with status %s" % represented(code)
        return "called exit: %s" % readable(code, LONGEST_MESSAGE)
    return error


def _elsewhere(error: BaseException) -> str:
    """Where what the plugin's class has no attribute for is found. Python says from 3.10 on whose attribute it is."""
    if not isinstance(error, AttributeError):
        return ""
    try:
        places = type(error.obj)._bulkhead_elsewhere  # type: ignore[attr-defined, unused-ignore]
        return "; %s" % places[error.name]  # type: ignore[attr-defined, unused-ignore]
    except Exception:
        return ""


def _data_of(error: BaseException) -> object:
    """The exception's `data`, meant for programs; where it can't be sent, why."""
    try:
        data = error.data  # type: ignore[attr-defined]
    except Exception:
        return None
    if data is None:
        return None
    try:
        size = len(encode(data)[0])
    except Exception as refusal:
        return {"left out": readable(refusal, LONGEST_MESSAGE)}
    if size > LARGEST_DATA_BYTES:
        return {"left out": "it has %d bytes, and the limit is %d" % (size, LARGEST_DATA_BYTES)}
    return data


def _format(error: BaseException) -> str:
    try:
        with PythonAlone():
            from traceback import TracebackException

            report = TracebackException(type(error), error, _visible(error.__traceback__), limit=-200)
            report.stack[:] = [frame for frame in report.stack if not frame.filename.startswith(_HIDDEN)]
            return bounded(shown_text("".join(report.format(chain=False))), LONGEST_TRACEBACK)
    except Exception:  # the plugin may have imported a traceback.py of its own; an exception may be hostile
        return _format_plainly(error)


def _visible(traceback: Optional[TracebackType]) -> Optional[TracebackType]:
    """The part that starts with the plugin's own code."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_HIDDEN):
        traceback = traceback.tb_next
    return traceback


def _format_plainly(error: BaseException) -> str:
    lines = ["Traceback (most recent call last):"]
    traceback = _visible(error.__traceback__)
    while traceback is not None:
        code = traceback.tb_frame.f_code
        lines.append('  File "%s", line %s, in %s' % (code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    lines.append("%s: %s" % (type_name(error), readable(error, LONGEST_MESSAGE)))
    return bounded("\n".join(lines) + "\n", LONGEST_TRACEBACK)


def refusal(code: str, message: str, data: object = None) -> dict[str, Any]:
    """A failure without an exception."""
    failure = {"code": code, "message": readable(message, LONGEST_MESSAGE)}
    return failure if data is None else {**failure, "data": data}


def cancelled(error: BaseException) -> dict[str, Any]:
    """The call ended as the host asked. If it ended by another exception, that is the cause."""
    failure: dict[str, Any] = {"code": "CALL_CANCELLED", "message": "the call was cancelled"}
    if not isinstance(error, Cancelled):
        failure["cause"] = describe(error, "PLUGIN_RAISED")
    return failure


def not_encodable(error: Exception) -> tuple[str, str, Any]:
    """Code, message and data for a result that can't be sent."""
    if isinstance(error, CodecError):
        return "RESULT_NOT_ENCODABLE", str(error), {"path": error.path}
    message = "encoding the result raised %s: %s" % (type_name(error), readable(error, LONGEST_MESSAGE))
    return "RESULT_NOT_ENCODABLE", message, {"path": "$"}
