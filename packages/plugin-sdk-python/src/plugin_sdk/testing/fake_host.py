"""What a plugin asks of its host, noted, and answered as the test says."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, Optional

from .._author.context import write_to_standard_error
from .._calls.host_calls import RemoteError
from .._wire.frames import ACQUIRE, HOST_CALL, HOST_FAILURE, HOST_RESULT, LOG, PROGRESS, RELEASE


class HostCall(NamedTuple):
    """A `context.call`."""

    plugin: str
    action: str
    input: Any
    # Seconds.
    timeout: Optional[float] = None
    # The one that the plugin named for it.
    traceparent: Optional[str] = None


class Progress(NamedTuple):
    """A `context.progress`."""

    fraction: Optional[float] = None
    message: Optional[str] = None


class LogLine(NamedTuple):
    """A line of `context.log`; `level` is debug, info, warn or error."""

    level: str
    message: str
    fields: dict[str, Any]


@dataclasses.dataclass
class LockRequest:
    """A `context.lock`. What the plugin did not say is None. `timeout` and `ttl` are in seconds."""

    name: str
    mode: Optional[str] = None
    amount: Optional[int] = None
    priority: Optional[float] = None
    timeout: Optional[float] = None
    ttl: Optional[float] = None
    # Whether the plugin got it.
    granted: bool = False
    # Whether it has let go of it; with a real host the end of the call does so, too.
    released: bool = False


class FakeHost:
    """Notes what a plugin asks for, in order. Locks are granted unless they are withheld; calls need an answer."""

    def __init__(self) -> None:
        self.calls: list[HostCall] = []
        self.locks: list[LockRequest] = []
        self.progress: list[Progress] = []
        self.log: list[LogLine] = []
        # What an answer of the test raised, other than RemoteError.
        self.mistake: Optional[BaseException] = None
        self._answers: dict[tuple[str, str], Any] = {}
        self._withheld: set[str] = set()
        self._asked: dict[int, LockRequest] = {}

    def answer(self, plugin: str, answer: Any, action: str = "execute") -> None:
        """What a call of that plugin is answered: a value; an exception to raise, such as
        `RemoteError("PLUGIN_RAISED", "no such city")`; or a function of the input, which returns or raises one."""
        self._answers[plugin, action] = answer

    def withhold(self, name: str) -> None:
        """Others hold this resource for longer than the plugin will wait."""
        self._withheld.add(name)

    def reply(self, message: Any) -> Optional[list[Any]]:
        """Notes a message of the plugin. The answer, if it is a question."""
        kind = message[0]
        if kind == HOST_CALL:
            return self._call(*message[1:7])
        if kind == ACQUIRE:
            return self._acquire(message[1], message[3], message[4])
        if kind == RELEASE and message[1] in self._asked:
            self._asked[message[1]].released = True
        elif kind == PROGRESS:
            self.progress.append(Progress(message[2].get("fraction"), message[2].get("message")))
        elif kind == LOG:
            self._write(message[2])
        return None

    def _call(self, number: int, _: int, plugin: str, action: str, value: Any, options: dict[str, Any]) -> list[Any]:
        timeout, traceparent = _seconds(options.get("timeout")), options.get("traceparent")
        self.calls.append(HostCall(plugin, action, value, timeout, traceparent))
        try:
            return [HOST_RESULT, number, self._answer(plugin, action, value)]
        except RemoteError as error:
            return [HOST_FAILURE, number, {"code": error.code, "message": error.message, "data": error.data}]
        except BaseException as error:
            self.mistake = error
            return [HOST_FAILURE, number, {"code": "INTERNAL", "message": "the answer of the test raised %r" % error}]

    def _answer(self, plugin: str, action: str, value: Any) -> Any:
        if (plugin, action) not in self._answers:
            named = "" if action == "execute" else ", action=%r" % action
            raise LookupError(
                "the plugin called %s.%s, and the test does not say what that answers: fake_host.answer(%r, …%s)"
                % (plugin, action, plugin, named)
            )
        answer = self._answers[plugin, action]
        said = answer(value) if callable(answer) else answer
        if isinstance(said, BaseException):
            raise said
        return said

    def _acquire(self, number: int, name: str, options: dict[str, Any]) -> list[Any]:
        request = LockRequest(
            name,
            mode=options.get("mode"),
            amount=options.get("amount"),
            priority=options.get("priority"),
            timeout=_seconds(options.get("timeout")),
            ttl=_seconds(options.get("ttl")),
        )
        self.locks.append(request)
        if name in self._withheld:
            message = "resource %r is held by others, as the test says" % name
            return [HOST_FAILURE, number, {"code": "RESOURCE_CONFLICT", "message": message}]
        request.granted = True
        self._asked[number] = request
        return [HOST_RESULT, number, {"token": len(self.locks)}]

    def _write(self, line: dict[str, Any]) -> None:
        fields = line.get("fields", {})
        self.log.append(LogLine(line["level"], line["message"], fields))
        write_to_standard_error(line["level"], line["message"], fields, line)  # pytest shows it beside a failure


def _seconds(milliseconds: Optional[float]) -> Optional[float]:
    return None if milliseconds is None else milliseconds / 1000
