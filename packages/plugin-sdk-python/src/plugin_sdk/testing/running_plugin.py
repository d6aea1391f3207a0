"""A plugin that a test calls."""

from __future__ import annotations

import collections
from typing import Any, Optional, Union

from .._author.plugin import PluginBase
from .._calls.cancel import Cancelled
from .._codec.codec import CodecError, encode
from .._wire.frames import (
    CALL,
    CHUNK,
    CREDIT,
    END,
    FAILURE,
    HOOKS_ACTION,
    INPUT_CHUNK,
    INPUT_CREDIT,
    INPUT_END,
    READY,
    RESULT,
    STREAM,
    STREAM_WINDOW_CHUNKS,
)
from .fake_host import FakeHost
from .in_memory import crossed
from .input_source import NOTHING, Source, without_sources
from .instance import FEATURES, InstanceInTest
from .limits import Limits
from .outcome import CallFailed, failed, hook_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class RunningPlugin:
    """Runs a plugin in the test's own process and main thread, by the code that serves it in production.

    Input, configuration, results and all that the plugin asks of its host are packed and unpacked on the way, so what
    would not cross to a real host does not cross here. One call runs at a time.

    `plugin` is its class, or an instance. Also a context manager, which ends it: `cleanup` is called.
    """

    def __init__(
        self,
        plugin: Union[type[PluginBase], PluginBase],
        config: Optional[dict[str, Any]] = None,
        *,
        host: Optional[FakeHost] = None,
        id: str = "plugin",
    ) -> None:
        self.host = FakeHost() if host is None else host
        # As the plugin has them at its start: what `bulkhead describe` shows.
        self.actions: dict[str, Any] = {}
        self.hooks: list[dict[str, Any]] = []
        self.metadata: dict[str, Any] = {}
        self._last = 0
        self._is_open = True
        # By the number of the call.
        self._answers: dict[int, Any] = {}
        self._streams: dict[int, AnswerStream] = {}
        self._sources: dict[int, list[Source]] = {}
        welcome = crossed({"protocol": 1, "features": list(FEATURES), "plugin": id, "configuration": config or {}})
        self._instance = InstanceInTest(self._receive)
        self._instance.start(plugin if isinstance(plugin, type) else lambda: plugin, welcome)
        made = self._instance._plugin_in_test
        assert isinstance(made, PluginBase)
        # The instance itself, to look into.
        self.plugin: PluginBase = made

    def call(
        self,
        input: Any = None,
        action: str = "execute",
        *,
        timeout: Optional[float] = None,
        cancel_after: Optional[float] = None,
    ) -> Any:
        """The result as a caller gets it; of a generator an `AnswerStream`. Times are in seconds.

        An iterator as the input, or as the value of a key of it, reaches the plugin as an `InputStream`. After `timeout`, or
        `cancel_after`, the call is cancelled as a host does it. Raises what the plugin raised; `Cancelled` if it was
        cancelled; and `CallFailed` for all that a host would refuse.
        """
        __tracebackhide__ = True
        number = self._begin(input, action, timeout)
        cancellation = self._instance.connection.cancellation
        with Limits(lambda: cancellation.note(number), timeout, cancel_after) as limits:
            self._work()
        answer = self._answers.pop(number)
        if limits.is_over:
            raise CallFailed("CALL_TIMEOUT", "%s took longer than %g s" % (action, timeout or 0))
        return self._value_of(number, answer)

    def hook(self, event: str, data: Any) -> Any:
        """Passes data through the plugin's hooks of that event, higher priorities first. Raises `Veto`, or CallFailed."""
        __tracebackhide__ = True
        mine = [hook for hook in self.hooks if hook["event"] == event]
        names = [hook["name"] for hook in sorted(mine, key=lambda hook: -hook["priority"])]
        if not names:
            raise CallFailed("HOOK_NOT_OFFERED", "the plugin has no hook of %r" % event)
        return hook_data(self.call({"event": event, "hooks": names, "data": data}, HOOKS_ACTION), data)

    def cancel(self) -> None:
        """Cancels the call that runs. For an answer of the fake host, or what else the plugin's code calls meanwhile."""
        current = self._instance.connection.cancellation.current
        if current is None:
            raise RuntimeError("no call runs: give `cancel_after` to the call")
        self._instance.connection.cancellation.note(current)

    def close(self) -> None:
        """Raises what `cleanup` does. A second call does nothing."""
        if self._is_open:
            self._is_open = False
            self._instance.end()

    def __enter__(self) -> RunningPlugin:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, value: Any, action: str, timeout: Optional[float]) -> int:
        if not self._is_open:
            raise RuntimeError("the plugin was closed")
        self._last += 1
        number = self._last
        value, places, sources = without_sources(value)
        if sources:
            self._sources[number] = sources
        milliseconds = None if timeout is None else timeout * 1000
        try:
            self._instance.data.deliver([CALL, number, action, value, milliseconds, *([places] if places else [])])
        except CodecError as error:
            raise _refused("INPUT_NOT_ENCODABLE", value, error) from None
        for index, source in enumerate(sources):
            self._feed(number, index, source, STREAM_WINDOW_CHUNKS)
        return number

    def _feed(self, number: int, index: int, source: Source, count: int) -> None:
        for _ in range(count):
            chunk = source.next()
            if chunk is NOTHING:
                break
            try:
                self._instance.data.deliver([INPUT_CHUNK, number, index, chunk])
            except CodecError as error:
                raise _refused("INPUT_NOT_ENCODABLE", chunk, error) from None
        if source.is_over and not source.is_told:
            source.is_told = True
            self._instance.data.deliver([INPUT_END, number, index])

    def _work(self) -> None:
        __tracebackhide__ = True
        self._instance.work()
        mistake, self.host.mistake = self.host.mistake, None
        if mistake is not None:
            raise mistake

    def _value_of(self, number: int, answer: Any) -> Any:
        __tracebackhide__ = True
        if answer[0] == FAILURE:
            raise failed(answer[2], self._instance.raised.pop(number, None))
        return self._streams[number] if answer[0] == STREAM else answer[2]

    def _receive(self, message: Any) -> None:
        """What the plugin sends."""
        kind, number = message[0], message[1]
        if kind == READY:
            self.metadata, self.actions = message[2]["metadata"], message[2]["actions"]
            self.hooks = message[2].get("hooks", [])
        elif kind == INPUT_CREDIT:
            source = self._sources[number][message[2]]
            if message[3] == 0:
                source.close()
            else:
                self._feed(number, message[2], source, message[3])
        elif kind == STREAM:
            self._streams[number] = AnswerStream(self, number)
            self._answers[number] = message
        elif kind in (CHUNK, END, FAILURE) and number in self._streams:
            self._streams[number]._arrived(message)
        elif kind in (RESULT, FAILURE):
            self._answers[number] = message
            for source in self._sources.pop(number, ()):
                source.close()
        else:
            reply = self.host.reply(message)
            if reply is not None:
                self._answer_plugin(reply)

    def _answer_plugin(self, reply: list[Any]) -> None:
        try:
            self._instance.data.deliver(reply)
        except CodecError as error:
            self.host.mistake = TypeError("what the test answers can't be sent: %s" % error)
            self._instance.data.deliver([*reply[:2], None])


class AnswerStream:
    """What a generator of the plugin yields. It runs ahead of its reader, as it would with a host."""

    def __init__(self, running: RunningPlugin, number: int) -> None:
        self._running = running
        self._number = number
        self._chunks: collections.deque[Any] = collections.deque()
        self._ending: Any = None
        self._is_closed = False
        # What the generator returned, once it has ended.
        self.result: Any = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        __tracebackhide__ = True
        if self._is_closed:
            raise StopIteration
        if not self._chunks and self._ending is None:
            self._running._work()
        if self._chunks:
            if self._ending is None:
                self._running._instance.data.deliver([CREDIT, self._number, 1])
            return self._chunks.popleft()
        if self._ending[0] == FAILURE:
            raise failed(self._ending[2], self._running._instance.raised.pop(self._number, None))
        self.result = self._ending[2]
        raise StopIteration

    def close(self) -> None:
        """Wants no more: the generator is closed, as when a caller leaves its loop. Raises what it raises then."""
        __tracebackhide__ = True
        self._is_closed = True
        if self._ending is None:
            self._running._instance.data.deliver([CREDIT, self._number, 0])
            self._running._work()
        raised = self._running._instance.raised.pop(self._number, None)
        if raised is not None and not isinstance(raised, Cancelled):
            raise raised

    def _arrived(self, message: Any) -> None:
        if message[0] == CHUNK:
            self._chunks.append(message[2])
        else:
            self._ending = message
            for source in self._running._sources.pop(self._number, ()):
                source.close()


def _refused(code: str, value: Any, error: CodecError) -> CallFailed:
    """With a path that starts at what the test knows."""
    try:
        encode(value)
    except CodecError as better:
        error = better
    return CallFailed(code, str(error), {"path": error.path})
