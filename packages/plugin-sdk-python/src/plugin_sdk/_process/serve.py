"""A plugin instance: the handshake, then calls one by one in the main thread, then the end."""

from __future__ import annotations

import sys
from time import perf_counter

from .._author.actions import UNKNOWN_COST_SECONDS, Action, InputRejected, collect
from .._author.hooks import collect_hooks
from .._calls.cancel import BUSY_IN_NATIVE_CODE, Cancellation
from .._calls.input_streams import InlineInputStreams
from .._calls.unfinished import GENERATORS, Coroutine
from .._codec.codec import CodecError, decode, encode
from .._wire.control import ControlChannel, kill_with_descendants
from .._wire.data import DataChannel
from .._wire.frames import (
    BYE,
    CALL,
    CREDIT,
    DEBUGGING,
    FAILURE,
    HOOKS_ACTION,
    HOST_FAILURE,
    HOST_RESULT,
    INPUT_CHUNK,
    INPUT_END,
    QUICK_SECONDS,
    READY,
    RESULT,
    SHUTDOWN,
    WELCOME,
    ConnectionLost,
)

try:
    from posix import _exit
except ImportError:  # see frames.py
    from os import _exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, NoReturn, Optional

    from .._author.hooks import Hook
    from .._author.plugin import PluginBase
    from .._calls.coroutines import EventLoop
    from .._calls.streams import Streams
    from .._several.scheduler import Crew


class Instance:
    """This process as the host sees it."""

    def __init__(self, import_own: Callable[[str], Any]) -> None:
        self.cancellation = Cancellation()
        self.control = ControlChannel(self.cancellation, self._debug)
        self.data = DataChannel()
        # Whether the host has been told how it ended: what is raised from then on is the end itself.
        self.is_over = False
        self.is_forked = False
        # The CALL that runs, and when it began: `context` reads them, and nothing is worked out ahead of that.
        self.running: Sequence[Any] = ()
        self.began = 0.0
        self._import_own = import_own
        self._is_initialized = False
        self._actions: dict[str, Action] = {}
        self._hooks: list[Hook] = []
        self._events: Optional[EventLoop] = None
        self.streams: Optional[Streams] = None
        self.inputs = InlineInputStreams(self)
        self._crew: Optional[Crew] = None
        # Messages that came while a call waited for another plugin, a resource, or more of its input.
        self.waiting: list[Any] = []
        # Results of these types are not the answer yet.
        self._unfinished = frozenset((Coroutine,))

    def prepare(self, plugin: PluginBase) -> None:
        """Does ahead, in a template, what each of its forks would have to do. What goes wrong is theirs to say."""
        try:
            self._actions = self._collect(plugin)
        except Exception:
            return
        if self._needs_event_loop:
            self._import_own("_calls.coroutines")

    def serve(self, plugin: PluginBase) -> NoReturn:
        if self.is_over:
            raise RuntimeError("start_server was called a second time")
        try:
            self._prepare(plugin)
            if self._crew is None:
                self._answer_calls()
            else:
                self._crew.serve(self._actions, self._events is not None)
        except ConnectionLost:
            if not self.is_forked:
                if self._is_initialized and (self._crew is None or self._crew.is_idle):
                    self._clean_up(plugin)
                    flush_standard_streams()
                kill_with_descendants()  # no host is left to end what this process started
        except BaseException:
            self.is_over = True  # READY may be out: what is raised now is no failure to start
            raise
        if self.is_forked:
            flush_standard_streams()
            _exit(0)
        self._clean_up(plugin)
        self._take_leave()

    def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn:
        """FAILURE with id 0, behind WELCOME as the order of the handshake demands."""
        self.is_over = True
        flush_standard_streams()
        try:
            self._receive_welcome()
            self.data.send([FAILURE, 0, failure])
        except ConnectionLost:
            kill_with_descendants()
        sys.exit(1)

    def describe(self, error: BaseException, code: str) -> dict[str, Any]:
        return self._import_own("_calls.failure").describe(error, code)  # type: ignore[no-any-return]

    def _debug(self, message: Sequence[Any]) -> None:
        """From the control thread."""
        loaded: list[Any] = []
        if self.cancellation.run_in_main(lambda: loaded.append(self._import_own("_process.debugger"))):
            loaded[0].let_attach(self, message[1], message[2])
        else:
            self.control.send([DEBUGGING, message[1], {"error": BUSY_IN_NATIVE_CODE}])

    def _take_leave(self) -> NoReturn:
        self.is_over = True
        flush_standard_streams()
        try:
            self.data.send([BYE, 0])
        except ConnectionLost:
            kill_with_descendants()
        sys.exit(0)

    def leave_in_child(self) -> None:
        """After a fork: the child has neither host nor calls, whatever it does with our code."""
        self.is_forked = True
        self.cancellation.forget()
        self.data.detach()

    def _prepare(self, plugin: PluginBase) -> None:
        self.cancellation.install()
        welcome = self._receive_welcome()
        if self.data.has_agreed("concurrency") and welcome["concurrency"] > 1:
            crew = self._import_own("_several.scheduler").Crew
            self._crew = crew(self, welcome["concurrency"], self._import_own, self._event_loop)
        try:
            self._actions = self._actions or self._collect(plugin)
            if self._needs_event_loop:
                self._event_loop()  # asyncio takes long to load: not the first caller's business
            self.finish(plugin.initialize(welcome["configuration"]))
            self._is_initialized = True
            metadata = self.finish(plugin.get_metadata())
            if not isinstance(metadata, dict):
                raise TypeError("get_metadata has to return a dict, and returned %s" % type(metadata).__name__)
            ready = _encode_ready({"id": welcome["plugin"], **metadata}, self._actions, self._hooks)
        except BaseException as error:
            self.refuse_to_start(self.describe(error, "PLUGIN_INITIALIZE_FAILED"))
        self.data.put(ready)
        self.data.flush()

    @property
    def _needs_event_loop(self) -> bool:
        actions = any(action.needs_event_loop for action in self._actions.values())
        return actions or any(hook.needs_event_loop for hook in self._hooks)

    def _collect(self, plugin: PluginBase) -> dict[str, Action]:
        from .._author.plugin import PluginBase

        actions = collect(plugin, PluginBase)
        self._hooks = collect_hooks(plugin)
        if self._hooks:
            run_hooks = self._import_own("_author.hook_run").runner_of(
                self._hooks, self.describe, plugin.context.progress
            )
            actions[HOOKS_ACTION] = Action(run_hooks, {}, False)
        return actions

    def _receive_welcome(self) -> dict[str, Any]:
        if self.data.welcome is None:
            message = decode(self.data.reader.next())
            if message[0] != WELCOME:
                raise RuntimeError("the host sent a message of kind %r instead of WELCOME" % (message[0],))
            self.data.agree(message[2])
            if self.data.has_agreed("streams"):
                self._unfinished |= GENERATORS
        return self.data.welcome  # type: ignore[return-value]

    def _answer_calls(self) -> None:
        """Until SHUTDOWN. Answers go out together, but never later than the next wait or the next slow call."""
        data = self.data
        is_leaving = False
        while not is_leaving or self.streams:
            if self.streams is not None:
                self.streams.serve()
                if is_leaving and not self.streams:
                    break
            message = self.waiting.pop(0) if self.waiting else data.next_message()
            kind = message[0]
            if kind == CALL:
                if len(message) > 5:
                    self.inputs.open(message)
                self._answer(message)
                message[3] = None  # its memory may be what the next one is received into
            elif kind == CREDIT:
                if self.streams is not None:
                    self.streams.credit(message[1], message[2])
            elif kind in (INPUT_CHUNK, INPUT_END):
                self.inputs.receive(message)
            elif kind == SHUTDOWN:
                is_leaving = True
            elif kind not in (HOST_RESULT, HOST_FAILURE):  # those are of calls that were given up
                raise RuntimeError("the host sent a message of unknown kind %r" % (kind,))
        data.flush()

    def _answer(self, message: Sequence[Any]) -> None:
        call, name = message[1], message[2]
        action = self._actions.get(name)
        if action is None:
            if len(message) > 5:
                self.inputs.end(call)
            self.refuse_unknown(call, name)
            return
        if action.cost > QUICK_SECONDS:
            self.data.flush()
        cancellation = self.cancellation
        self.running = message
        began = self.began = perf_counter()
        result, error = cancellation.run(call, action.call, message[3])
        if type(result) in self._unfinished:
            if type(result) is Coroutine:
                result, error = self._run_coroutine(call, result)
            if type(result) in GENERATORS and type(result) in self._unfinished:
                self._begin_stream(message, result)
                return
        if len(message) > 5:
            self.inputs.end(call)
        was_cancelled = cancellation.was_requested_for(call)
        if error is None:
            self.send_value(RESULT, call, result)
        else:
            self.send_error(call, error, was_cancelled)
        took = perf_counter() - began
        cost = action.cost
        action.cost = took if took > cost or cost == UNKNOWN_COST_SECONDS else cost * 0.9 + took * 0.1

    def _run_coroutine(self, call: int, coroutine: Any) -> tuple[Any, Optional[BaseException]]:
        try:
            return self.cancellation.run(call, self._event_loop().run, coroutine)
        finally:
            coroutine.close()  # else Python complains of one that a cancel kept from starting

    def _begin_stream(self, message: Sequence[Any], generator: Any) -> None:
        if self.streams is None:
            self.streams = self._import_own("_calls.streams").Streams(self)
        self.streams.begin(message, self.began, generator)

    def send_value(self, kind: int, call: int, value: object = None) -> int:
        """How many bytes it takes; 0 when it can't cross, and a FAILURE went in its place."""
        data = self.data
        try:
            payload, bodies = data.encode_answer(kind, call, value, data.body_threshold)
        except Exception as error:  # a subclass or buffer of the plugin's may raise what it likes
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

    def _refuse_result(self, call: int, result: object, error: Exception) -> None:
        try:
            encode(result)  # once more by itself, so that the path starts at what the author knows
        except Exception as better:
            error = better
        self._fail(call, *self._import_own("_calls.failure").not_encodable(error))

    def send_error(self, call: int, error: BaseException, was_cancelled: bool) -> None:
        if type(error) is InputRejected:
            self._fail(call, "INPUT_REJECTED", str(error))
        elif was_cancelled:
            self._send_failure(call, self._import_own("_calls.failure").cancelled(error))
        else:
            self._send_failure(call, self.describe(error, "PLUGIN_RAISED"))

    def refuse_unknown(self, call: int, name: object) -> None:
        self._fail(call, "ACTION_UNKNOWN", "there is no action %r" % (name,), {"actions": _names(self._actions)})

    def _fail(self, call: int, code: str, message: str, details: object = None) -> None:
        self._send_failure(call, self._import_own("_calls.failure").refusal(code, message, details))

    def _send_failure(self, call: int, failure: dict[str, Any]) -> None:
        self.data.put(encode((FAILURE, call, failure))[0])

    def finish(self, value: Any) -> Any:
        return self._event_loop().run(value) if type(value) is Coroutine else value

    def _event_loop(self) -> EventLoop:
        if self._events is None:
            self._events = self._import_own("_calls.coroutines").EventLoop(self.cancellation)
        return self._events

    def _clean_up(self, plugin: PluginBase) -> None:
        try:
            self.finish(plugin.cleanup())
            if self._events is not None:
                self._events.close()
        except BaseException as error:
            failure = self.describe(error, "PLUGIN_RAISED")
            message = "cleanup raised %s: %s" % (failure["type"], failure["message"])
            plugin.context.log.error(message, traceback=failure["traceback"])


def _names(actions: dict[str, Action]) -> list[str]:
    return [name for name in actions if name != HOOKS_ACTION]


def _encode_ready(metadata: dict[str, Any], actions: dict[str, Action], hooks: list[Hook]) -> bytes:
    try:
        encode(metadata)
    except CodecError as error:
        raise TypeError("get_metadata returned what can't be sent: %s" % error) from None
    ready: dict[str, Any] = {"metadata": metadata}
    ready["actions"] = {name: actions[name].description for name in _names(actions)}
    if hooks:
        ready["hooks"] = [hook.description for hook in hooks]
    return encode([READY, 0, ready])[0]


def flush_standard_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # closed, replaced or None: nothing of ours to lose
