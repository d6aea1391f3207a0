"""What a plugin is given as `self.context`: a log, and whether its call is still wanted."""

from __future__ import annotations

import sys

from ._codec import CodecError, encode
from ._text import readable
from ._wire import LOG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from ._cancel import Cancellation
    from ._control import ControlChannel

    Write = Callable[[str, str, dict[str, Any]], None]

LONGEST_MESSAGE = 64 * 1024
LONGEST_FIELD = 8 * 1024


class Log:
    """Lines for the host's log, each tagged with the call it is written in. From any thread; never raises."""

    __slots__ = ("_write",)

    def __init__(self, write: Write) -> None:
        self._write = write

    def debug(self, message: object, /, **fields: object) -> None:
        self._write("debug", readable(message, LONGEST_MESSAGE), fields)

    def info(self, message: object, /, **fields: object) -> None:
        self._write("info", readable(message, LONGEST_MESSAGE), fields)

    def warning(self, message: object, /, **fields: object) -> None:
        self._write("warn", readable(message, LONGEST_MESSAGE), fields)

    def error(self, message: object, /, **fields: object) -> None:
        self._write("error", readable(message, LONGEST_MESSAGE), fields)


class Context:
    """One per process. Before it is connected, and without a host, log lines go to standard error."""

    def __init__(self) -> None:
        self.log = Log(_write_to_standard_error)
        self._cancellation: Optional[Cancellation] = None

    @property
    def cancelled(self) -> bool:
        """Whether the host has asked for the running call to end. For code that must not be interrupted half-way."""
        return self._cancellation is not None and self._cancellation.requested

    def connect(self, control: ControlChannel, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self.log = Log(_writer_to_host(control, cancellation))


def _writer_to_host(control: ControlChannel, cancellation: Cancellation) -> Write:
    def write(level: str, message: str, fields: dict[str, Any]) -> None:
        line: dict[str, Any] = {"level": level, "message": message}
        if fields:
            line["fields"] = {name: _fit(value) for name, value in fields.items()}
        control.send([LOG, cancellation.current or 0, line])

    return write


def _fit(value: object) -> object:
    """As it is if it can cross, otherwise as Python would show it: a log line is not the place to fail."""
    if value is None or type(value) in (bool, float):
        return value
    try:
        encode(value)
    except (CodecError, RecursionError):
        return readable(_Shown(value), LONGEST_FIELD)
    return value


class _Shown:
    def __init__(self, value: object) -> None:
        self.value = value

    def __str__(self) -> str:
        return repr(self.value)


def _write_to_standard_error(level: str, message: str, fields: dict[str, Any]) -> None:
    shown = "".join(" %s=%s" % (name, readable(_Shown(value), LONGEST_FIELD)) for name, value in fields.items())
    if sys.stderr is not None:
        sys.stderr.write("[%s] %s%s\n" % (level, message, shown))
