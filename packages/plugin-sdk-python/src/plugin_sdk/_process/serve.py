"""A plugin instance: the handshake, then its calls, then the end."""

from __future__ import annotations

import sys

from .._author.actions import Action, collect, initialize, names_of
from .._author.hooks import collect_hooks
from .._author.plugin import PluginBase
from .._calls.cancel import BUSY_IN_NATIVE_CODE, Cancellation
from .._calls.connection import Connection
from .._calls.unfinished import Coroutine
from .._codec.codec import CodecError, decode, encode
from .._wire.control import ControlChannel
from .._wire.data import DataChannel
from .._wire.descriptors import Descriptors
from .._wire.end import flush_standard_streams
from .._wire.frames import (
    BYE,
    DEBUGGING,
    FAILURE,
    HOOKS_ACTION,
    READY,
    WELCOME,
    ConnectionLost,
)
from .in_turn import CallsInTurn

try:
    from posix import _exit
except ImportError:  # see frames.py
    from os import _exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, NoReturn, Optional, Union

    from .._author.hooks import Hook
    from .._author.host import Plugin
    from .._calls.coroutines import EventLoop
    from .._several.scheduler import Scheduler
    from .._wire.endpoint import Endpoint
    from .inherited import Inherited


class Instance:
    """This process as the host sees it."""

    # The name of the module that was run.
    main = "__main__"

    def __init__(
        self,
        endpoint: Endpoint,
        cancellation: Optional[Cancellation] = None,
        descriptors: Optional[Descriptors] = None,
    ) -> None:
        """`cancellation` and `descriptors` unless they are those of a whole process."""
        cancellation = cancellation or Cancellation()
        descriptors = descriptors or Descriptors(endpoint)
        control = ControlChannel(
            endpoint.control_reader, endpoint.control_outlet, cancellation, self._debug, descriptors
        )
        self.connection = Connection(
            DataChannel(endpoint.data_reader, endpoint.data_outlet), control, cancellation, descriptors
        )
        self.is_over = False
        self._endpoint = endpoint
        self._is_initialized = False
        self._plugin: Optional[Plugin] = None
        self._actions: dict[str, Action] = {}
        self._hooks: list[Hook] = []
        self._events: Optional[EventLoop] = None
        self._calls: Union[CallsInTurn, Scheduler, None] = None
        # Of a fork: what it has from its template.
        self.inherited: Optional[Inherited] = None

    def prepare(self, plugin: Plugin) -> None:
        """Called in a template: does once what each fork would have to do. If it fails, the forks report it."""
        try:
            self._actions = self._collect(plugin)
        except Exception:
            return
        if self._needs_event_loop:
            from .._calls import coroutines  # noqa: F401
        from . import leave  # noqa: F401

    @property
    def transport(self) -> str:
        return self._endpoint.transport

    def serve(self, plugin: Plugin) -> NoReturn:
        if self.is_over:
            raise RuntimeError("start_server was called a second time")
        self._plugin = plugin  # until what it has written is on disk
        try:
            self._prepare(plugin).serve(self._actions)
        except ConnectionLost:
            if not self.connection.is_forked:
                if self._is_initialized and self._calls is not None and self._calls.is_idle:
                    self._clean_up(plugin)
                    flush_standard_streams()
                self.connection.descriptors.end_process()
        except BaseException:
            self.is_over = True  # READY may be out: an exception is no failure to start any more
            if self.inherited is None:
                raise
            self._leave_after_exception()
        if self.connection.is_forked:
            flush_standard_streams()
            _exit(0)
        self._clean_up(plugin)
        self._say_bye()
        self._leave(0)

    def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn:
        """Sends FAILURE with id 0, after WELCOME as the handshake demands."""
        self.is_over = True
        flush_standard_streams()
        try:
            self._receive_welcome()
            self.connection.data.send([FAILURE, 0, failure])
        except ConnectionLost:
            self.connection.descriptors.end_process()
        self._leave(1)

    def _debug(self, message: Sequence[Any]) -> None:
        """Called by the control thread."""
        connection = self.connection
        let_attach: list[Callable[[Connection, int, Any], None]] = []

        def load() -> None:
            from . import debugger

            let_attach.append(debugger.let_attach)

        if connection.cancellation.run_in_main(load):
            let_attach[0](connection, message[1], message[2])
        else:
            connection.control.send([DEBUGGING, message[1], {"error": BUSY_IN_NATIVE_CODE}])

    def _say_bye(self) -> None:
        self.is_over = True
        flush_standard_streams()
        try:
            self.connection.data.send([BYE, 0])
        except ConnectionLost:
            self.connection.descriptors.end_process()

    def _leave(self, status: Any) -> NoReturn:
        if self.inherited is not None:
            from .leave import leave_fork

            leave_fork(status, self.own_threads, self.inherited)
        sys.exit(status)

    def start_threads(self) -> None:
        self.connection.control.start()
        self._endpoint.start_threads()

    @property
    def own_threads(self) -> frozenset[int]:
        """Those that work for this package."""
        return self._endpoint.threads | frozenset(filter(None, (self.connection.control.thread,)))

    def let_go(self) -> None:
        """Of the plugin, at the end: what runs to the last, such as the control thread, would keep it."""
        self._plugin, self._actions, self._hooks, self._events, self._calls = None, {}, [], None, None

    def _leave_after_exception(self) -> NoReturn:
        error = sys.exc_info()[1]
        if isinstance(error, SystemExit):
            self._leave(error.code)
        sys.excepthook(*sys.exc_info())
        self._leave(1)

    def _prepare(self, plugin: Plugin) -> Union[CallsInTurn, Scheduler]:
        self.connection.cancellation.install()
        welcome = self._receive_welcome()
        calls = self._calls = self._new_calls(welcome)
        try:
            self._actions = self._actions or self._collect(plugin)
            if self._needs_event_loop:
                self._event_loop()  # asyncio takes long to load: not at the cost of the first caller
            self._finish(initialize(plugin, PluginBase, welcome["configuration"]))
            self._is_initialized = True
            metadata = self._finish(plugin.get_metadata())
            if not isinstance(metadata, dict):
                raise TypeError("get_metadata has to return a dict, and returned %s" % type(metadata).__name__)
            ready = _encode_ready({"id": welcome["plugin"], **metadata}, self._actions, self._hooks)
        except BaseException as error:
            from .failed_start import failure_of

            self.refuse_to_start(failure_of(error, "PLUGIN_INITIALIZE_FAILED"))
        self.connection.data.put(ready)
        self.connection.data.flush()
        return calls

    def _new_calls(self, welcome: dict[str, Any]) -> Union[CallsInTurn, Scheduler]:
        if self.connection.data.has_agreed("concurrency") and welcome["concurrency"] > 1:
            from .._several.scheduler import Scheduler

            return Scheduler(self.connection, welcome["concurrency"], self._event_loop)
        return CallsInTurn(self.connection, self._event_loop)

    @property
    def _needs_event_loop(self) -> bool:
        actions = any(action.needs_event_loop for action in self._actions.values())
        return actions or any(hook.needs_event_loop for hook in self._hooks)

    def _collect(self, plugin: Plugin) -> dict[str, Action]:
        actions = collect(plugin, PluginBase)
        self._hooks = collect_hooks(plugin)
        if not actions and not self._hooks:
            from .._author.mistakes import Miswritten, no_action

            raise Miswritten(no_action(type(plugin), PluginBase))
        problems = [("action", name, action.problems) for name, action in actions.items()]
        problems += [("hook", hook.description["name"], hook.problems) for hook in self._hooks]
        for kind, name, said in problems:
            for problem in said:
                PluginBase.context.log.warning("a hint of %s %r promises nothing: %s" % (kind, name, problem))
        if self._hooks:
            from .._author.hook_run import runner_of

            actions[HOOKS_ACTION] = Action(runner_of(self._hooks, PluginBase.context.progress), {}, False)
        return actions

    def _receive_welcome(self) -> dict[str, Any]:
        data = self.connection.data
        if data.welcome is None:
            message = decode(data.reader.next())
            if message[0] != WELCOME:
                raise RuntimeError("the host sent a message of kind %r instead of WELCOME" % (message[0],))
            data.agree(message[2])
        return data.welcome  # type: ignore[return-value]

    def _finish(self, value: Any) -> Any:
        return self._event_loop().run(value) if type(value) is Coroutine else value

    def _event_loop(self) -> EventLoop:
        if self._events is None:
            from .._calls.coroutines import EventLoop

            self._events = EventLoop(self.connection.cancellation, 1 + len(self._endpoint.threads))
            if self._calls is not None:
                self._calls.events = self._events
        return self._events

    def _clean_up(self, plugin: Plugin) -> None:
        try:
            self._finish(plugin.cleanup())
            if self._events is not None:
                self._events.close()
        except BaseException as error:
            from .._calls.failure import describe

            failure = describe(error, "PLUGIN_RAISED")
            message = "cleanup raised %s: %s" % (failure["type"], failure["message"])
            PluginBase.context.log.error(message, traceback=failure["traceback"])


def _encode_ready(metadata: dict[str, Any], actions: dict[str, Action], hooks: list[Hook]) -> bytes:
    try:
        encode(metadata)
    except CodecError as error:
        raise TypeError("get_metadata returned what can't be sent: %s" % error) from None
    ready: dict[str, Any] = {"metadata": metadata}
    ready["actions"] = {name: actions[name].description for name in names_of(actions)}
    if hooks:
        ready["hooks"] = [hook.description for hook in hooks]
    return encode([READY, 0, ready])[0]
