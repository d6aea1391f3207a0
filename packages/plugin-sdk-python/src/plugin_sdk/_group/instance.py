"""A plugin in a thread of a group, as the host sees it: an instance with channels of its own."""

from __future__ import annotations

from _thread import allocate_lock, get_ident

from .._author.plugin import PluginBase
from .._calls.host_calls import HostCalls
from .._calls.present import RunningCall
from .._process.serve import Instance
from .._wire.descriptors import Descriptors
from .._wire.frames import FEATURES
from .cancellation import ThreadCancellation
from .present import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .._author.host import Plugin, Server
    from .._wire.endpoint import Endpoint

# A signal reaches the main thread only, and a debugger stops all threads of a process.
FEATURES_OF_THREADS = tuple(feature for feature in FEATURES if feature not in ("interrupt_signal", "debug"))


class ThreadInstance(Instance):
    """Made by the plugin's thread."""

    def __init__(self, endpoint: Endpoint, main: str) -> None:
        """`main`: the name of the module that is run."""
        super().__init__(endpoint, ThreadCancellation(), _OfOneThread(self, endpoint))
        self.main = main
        self._thread = get_ident()
        self._control_over = allocate_lock()
        self._control_over.acquire()

    def meet_host(self) -> None:
        connection = self.connection
        connection.descriptors.remember(None)
        self.start_threads()
        PluginBase.context.connect(connection, RunningCall(connection), HostCalls(connection, connection.cancellation))

    def channel_lost(self) -> NoReturn:
        """Ends the asking thread alone: the others of the process serve on."""
        if get_ident() == self._thread:
            self.is_over = True
        else:
            self._control_over.release()
        raise SystemExit(1)

    def control_ends(self, patience: float) -> bool:
        """Waits until nobody reads control any more."""
        return self._control_over.acquire(True, patience)


class _OfOneThread(Descriptors):
    """Those of one plugin. Their end is the end of its thread."""

    def __init__(self, instance: ThreadInstance, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._instance = instance

    def end_process(self) -> NoReturn:
        self.check()
        self._instance.channel_lost()

    def end_if_broken(self) -> None:
        self.check()


class InstancesOfGroup:
    """Takes the place of the one instance of a process: each thread has that of its plugin."""

    @property
    def transport(self) -> str:
        return self._own.transport

    @property
    def is_over(self) -> bool:
        return self._own.is_over

    @property
    def main(self) -> str:
        return self._own.main

    def serve(self, plugin: Plugin) -> NoReturn:
        self._own.serve(plugin)

    def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn:
        self._own.refuse_to_start(failure)

    @property
    def _own(self) -> Server:
        member = present()
        if member is None or member.server is None:
            raise RuntimeError("start_server belongs in the thread that the plugin was started in")
        return member.server
