"""`self.context` of a plugin: a log, and the running call's time, progress, calls of other plugins and locks."""

from __future__ import annotations

import sys
from time import perf_counter

from .._codec.codec import encode
from .._codec.text import readable, represented
from .._wire.frames import LOG, PROGRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Literal, Optional

    from .._calls.connection import Connection
    from .._calls.host_calls import HostCalls
    from .._calls.present import Present
    from .locks import Lock

    # Level, message, fields, and of a record of `logging`: its logger and traceback.
    Write = Callable[[str, str, dict[str, Any], dict[str, str]], None]

# Characters.
LONGEST_MESSAGE = 64 * 1024
LONGEST_FIELD = 8 * 1024
# A value that is larger is shown as text. All fields of a line together, with its message, fit into what a host reads.
LARGEST_FIELD_BYTES = 64 * 1024
LARGEST_FIELDS_BYTES = 512 * 1024
_WIDEST_CHARACTER_BYTES = 4
_NUMBER_BYTES = 9


class Log:
    """Lines for the host's log, each tagged with the call it is written in. Works in any thread and never raises."""

    __slots__ = ("_write",)

    def __init__(self, write: Write) -> None:
        self._write = write

    def debug(self, message: object, /, **fields: object) -> None:
        self._write("debug", readable(message, LONGEST_MESSAGE), fields, {})

    def info(self, message: object, /, **fields: object) -> None:
        self._write("info", readable(message, LONGEST_MESSAGE), fields, {})

    def warning(self, message: object, /, **fields: object) -> None:
        self._write("warn", readable(message, LONGEST_MESSAGE), fields, {})

    def error(self, message: object, /, **fields: object) -> None:
        self._write("error", readable(message, LONGEST_MESSAGE), fields, {})


class Context:
    """One per process. Until it is connected, and without a host, log lines go to standard error."""

    def __init__(self) -> None:
        self.log = Log(write_to_standard_error)
        self._connection: Optional[Connection] = None
        self._present: Optional[Present] = None
        self._host_calls: Optional[HostCalls] = None

    @property
    def cancelled(self) -> bool:
        """Whether the host has asked for the running call to end. For code that must not be interrupted half-way."""
        return self._present is not None and self._present.unwanted

    @property
    def deadline(self) -> Optional[float]:
        """Seconds until the host gives the running call up, at least 0; None if no limit is known.

        The host's clock decides: a call that waited behind others in this process may have less.
        """
        present = self._present
        if present is None or present.number is None or len(present.message) < 5:
            return None
        timeout = present.message[4]
        if timeout is None:
            return None
        left: float = present.began + timeout / 1000 - perf_counter()
        return max(0.0, left)

    @property
    def traceparent(self) -> Optional[str]:
        """The trace that the running call is a part of, as the W3C's Trace Context writes it; None if its caller named none."""
        return self._trace("traceparent")

    @property
    def tracestate(self) -> Optional[str]:
        """What systems of tracing have added to `traceparent`."""
        return self._trace("tracestate")

    def _trace(self, key: str) -> Optional[str]:
        present = self._present
        if present is None or present.number is None or len(present.message) < 7:
            return None
        value: Optional[str] = present.message[6].get(key)
        return value

    def progress(self, fraction: Optional[float] = None, message: Optional[str] = None) -> None:
        """Tells the caller how far the running call has come: `fraction` from 0 to 1, `message` for people.

        Raises `ValueError` for another fraction.
        """
        if fraction is not None and not 0 <= fraction <= 1:
            raise ValueError("fraction has to be between 0 and 1, and is %s" % represented(fraction))
        connection = self._connection
        call = None if self._present is None else self._present.number
        if connection is None or call is None or not connection.data.has_agreed("progress"):
            return
        said: dict[str, Any] = {} if fraction is None else {"fraction": float(fraction)}
        if message is not None:
            said["message"] = readable(message, LONGEST_MESSAGE)
        connection.control.send([PROGRESS, call, said])

    def call(
        self,
        plugin: str,
        data: Any = None,
        action: str = "execute",
        timeout: Optional[float] = None,
        traceparent: Optional[str] = None,
    ) -> Any:
        """Calls another plugin and waits for its answer. The registry must allow it by `may_call`.

        `timeout` is in seconds, and never longer than the running call has. The call is a part of the same trace, unless
        `traceparent` names another or another span. Raises `RemoteError`; `RuntimeError` without a host.
        """
        if self._host_calls is None:
            raise RuntimeError("only a host can call other plugins")
        return self._host_calls.call(plugin, data, action, timeout, traceparent)

    async def call_async(
        self,
        plugin: str,
        data: Any = None,
        action: str = "execute",
        timeout: Optional[float] = None,
        traceparent: Optional[str] = None,
    ) -> Any:
        """As `call`, for `async def`: if several calls run at the same time, the others go on while this one waits."""
        if self._host_calls is None:
            raise RuntimeError("only a host can call other plugins")
        return await self._host_calls.call_async(plugin, data, action, timeout, traceparent)

    def lock(
        self,
        name: str,
        *,
        timeout: Optional[float] = None,
        mode: Optional[Literal["exclusive", "shared"]] = None,
        amount: Optional[int] = None,
        priority: Optional[float] = None,
        ttl: Optional[float] = None,
    ) -> Lock:
        """A resource that all plugins and the application share, for `with` or `async with`.

        It is held until the block, or the call, ends.

        `timeout` and `ttl` are in seconds. Raises `RemoteError` with the code RESOURCE_CONFLICT if the time runs out.
        """
        if self._host_calls is None:
            raise RuntimeError("only a host has resources to lock")
        from .locks import Lock, options_of

        given = {"timeout": timeout, "mode": mode, "amount": amount, "priority": priority, "ttl": ttl}
        return Lock(self._host_calls, name, options_of(given))

    if not TYPE_CHECKING:  # a type checker is to see what there is, and no more

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            from .mistakes import no_such_context

            raise AttributeError(no_such_context(name, [known for known in dir(self) if known[0] != "_"]))

    def connect(self, connection: Connection, present: Present, host_calls: HostCalls) -> None:
        self._connection = connection
        self._present = present
        self._host_calls = host_calls
        self.log = Log(_writer_to_host(connection, present))


def _writer_to_host(connection: Connection, present: Present) -> Write:
    control = connection.control

    def write(level: str, message: str, fields: dict[str, Any], origin: dict[str, str]) -> None:
        if connection.is_forked:  # a process of the plugin: the host reads what it writes
            return write_to_standard_error(level, message, fields, origin)
        line: dict[str, Any] = {"level": level, "message": message, **origin}
        if fields:
            line["fields"] = _fitting(fields)
        control.send([LOG, present.number or 0, line])

    return write


def _fitting(fields: dict[str, Any]) -> dict[str, Any]:
    """As many fields as fit into a line, and the number of those left out."""
    fitting: dict[str, Any] = {}
    left = LARGEST_FIELDS_BYTES
    for name, value in fields.items():
        shown, size = _fit(value)
        left -= size + _WIDEST_CHARACTER_BYTES * len(name)
        if left < 0:
            fitting["fields left out"] = len(fields) - len(fitting)
            break
        fitting[name] = shown
    return fitting


def _fit(value: object) -> tuple[object, int]:
    """The value itself if it can be sent and is small enough, otherwise its `repr`; and roughly its bytes."""
    if value is None or type(value) in (bool, float):
        return value, _NUMBER_BYTES
    try:
        size = len(encode(value)[0])
        if size <= LARGEST_FIELD_BYTES:
            return value, size
    except Exception:
        pass  # shown as text: a log line must not fail
    shown = represented(value, LONGEST_FIELD)
    return shown, _WIDEST_CHARACTER_BYTES * len(shown)


def write_to_standard_error(level: str, message: str, fields: dict[str, Any], origin: dict[str, str]) -> None:
    shown = "".join(" %s=%s" % (name, represented(value, LONGEST_FIELD)) for name, value in fields.items())
    name = "%s: " % origin["logger"] if "logger" in origin else ""
    traceback = "\n" + origin["traceback"] if "traceback" in origin else ""
    if sys.stderr is not None:
        sys.stderr.write("[%s] %s%s%s%s\n" % (level, name, message, shown, traceback))
