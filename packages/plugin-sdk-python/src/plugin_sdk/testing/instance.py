"""A plugin as its process would serve it, but in this process, message by message."""

from __future__ import annotations

import signal

from .._author.plugin import PluginBase
from .._calls.answers import Answers
from .._calls.cancel import OWN_SIGNAL, SIGNAL
from .._calls.connection import Connection
from .._calls.host_calls import HostCalls
from .._calls.present import RunningCall
from .._process.in_turn import CallsInTurn
from .._process.serve import Instance
from .._wire.descriptors import Descriptors
from .._wire.endpoint import Endpoint
from .._wire.frames import DEFAULT_BODY_LIMIT, DEFAULT_FRAME_LIMIT
from .in_memory import Idle, InMemoryControl, InMemoryData

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn, Optional, Union

    from .._author.host import Plugin
    from .._several.scheduler import Scheduler
    from .in_memory import Receive

FEATURES = ("bodies", "arrays", "cancel", "progress", "streams", "host_calls", "input_streams", "resources")


class InstanceInTest(Instance):
    """One at a time: `context` belongs to the process, as it does where plugins are served."""

    def __init__(self, receive: Receive) -> None:
        nowhere = Endpoint(-1, -1)
        super().__init__(nowhere)
        cancellation = self.connection.cancellation
        self.data = InMemoryData(receive)
        control = InMemoryControl(cancellation, receive)
        self.connection = Connection(self.data, control, cancellation, Descriptors(nowhere))
        # By the number of the call: what came out of the plugin's own code.
        self.raised: dict[int, BaseException] = {}
        self._plugin_in_test: Optional[Plugin] = None
        self._handlers = [(number, signal.getsignal(number)) for number in (SIGNAL, OWN_SIGNAL)]

    def start(self, make: Callable[[], Plugin], welcome: dict[str, Any]) -> None:
        """Raises what the plugin does."""
        context = PluginBase.context
        if context._connection is not None:
            self.data.close()
            raise RuntimeError("a test runs one plugin at a time: close the other one first")
        context.connect(self.connection, RunningCall(self.connection), HostCalls(self.connection, self._cancellation))
        try:
            self.data.agree({**welcome, "limits": {"frame": DEFAULT_FRAME_LIMIT, "body": DEFAULT_BODY_LIMIT}})
            self._plugin_in_test = make()
            self._prepare(self._plugin_in_test)
        except BaseException:
            self._leave_process()
            raise

    def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn:
        raise  # what made it fail, since it is called while that is handled

    def work(self) -> None:
        """Until the plugin has nothing more to do."""
        assert self._calls is not None
        try:
            self._calls.serve(self._actions)
        except Idle:
            pass

    def end(self) -> None:
        """Raises what `cleanup` does."""
        try:
            if self._plugin_in_test is not None:
                self._finish(self._plugin_in_test.cleanup())
        finally:
            self._leave_process()

    def _new_calls(self, welcome: dict[str, Any]) -> Union[CallsInTurn, Scheduler]:
        return CallsInTest(self.connection, self._event_loop, self.raised)

    @property
    def _cancellation(self) -> Any:
        return self.connection.cancellation

    def _leave_process(self) -> None:
        try:
            if self._events is not None:
                self._events.close()
        finally:
            self._cancellation.forget()
            for number, handler in self._handlers:
                signal.signal(number, handler)
            PluginBase.context.__init__()  # type: ignore[misc]
            self.data.close()


class CallsInTest(CallsInTurn):
    def __init__(self, connection: Connection, event_loop: Any, raised: dict[int, BaseException]) -> None:
        super().__init__(connection, event_loop)
        self._answers = _NotingAnswers(connection, raised)


class _NotingAnswers(Answers):
    def __init__(self, connection: Connection, raised: dict[int, BaseException]) -> None:
        super().__init__(connection.data)
        self._raised = raised

    def send_error(self, call: int, error: BaseException, was_cancelled: bool) -> None:
        self._raised[call] = error
        super().send_error(call, error, was_cancelled)
