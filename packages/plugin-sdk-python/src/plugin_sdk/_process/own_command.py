"""An instance that was not started by its host but by a command of its own, such as `ssh host python plugin.py` or that of a
container's image: the host hands the options over in variables. The host hears of it when it asks to serve."""

from __future__ import annotations

import os
import sys

from .._wire.endpoint import EndpointError, open_endpoint, open_lifeline
from .._wire.frames import FEATURES
from .._wire.hello import Hello
from .launch import meet_host, own_the_process
from .python_logging import connect_logging
from .serve import Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn, Optional

    from .._author.host import Plugin
    from .._wire.endpoint import Endpoint

# As the options in launch.py.
VARIABLES = {
    "BULKHEAD_ENDPOINT": "--endpoint",
    "BULKHEAD_LIFELINE": "--lifeline",
    "BULKHEAD_ENVIRONMENT": "--environment",
    "BULKHEAD_LOG_LEVEL": "--log-level",
}
# The first process of a container passes signals on to its child, and to no other process.
FIRST_PROCESS = 1


def handed_over() -> Callable[[], OwnCommand]:
    """Takes the variables away: what the plugin starts is no instance. Returns what connects to the host."""
    options = {option: os.environ.pop(name) for name, option in VARIABLES.items() if name in os.environ}
    # From here on no code that prints reaches the stream.
    streams = open_endpoint("stdio") if options["--endpoint"] == "stdio" else None
    return lambda: OwnCommand(options, streams)


class OwnCommand:
    """Connects to the host, and ends the process in good order when that asks for it."""

    def __init__(self, options: dict[str, str], endpoint: Optional[Endpoint]) -> None:
        """`endpoint`: if it is open already."""
        try:
            endpoint = endpoint or open_endpoint(options["--endpoint"])
            lifeline = open_lifeline(options["--lifeline"]) if "--lifeline" in options else None
        except EndpointError as error:
            sys.stderr.write("%s\n" % error)
            sys.exit(error.status)
        self._instance = Instance(endpoint)
        features: tuple[str, ...] = FEATURES
        if os.getppid() != FIRST_PROCESS:  # such as a shell, which the signal of an interrupt would end
            features = tuple(feature for feature in FEATURES if feature != "interrupt_signal")
        Hello(options.get("--environment", ""), "pure", None, features).send(endpoint.data_outlet)
        meet_host(self._instance, lifeline)
        own_the_process(endpoint)
        connect_logging(options.get("--log-level"))

    @property
    def transport(self) -> str:
        return self._instance.transport

    def serve(self, plugin: Plugin) -> NoReturn:
        self._run(lambda: self._instance.serve(plugin))

    def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn:
        self._run(lambda: self._instance.refuse_to_start(failure))

    def _run(self, work: Callable[[], NoReturn]) -> NoReturn:
        status: Any = None
        try:
            work()
        except SystemExit as end:
            status = end.code
        from .leave import leave

        leave(status, self._instance.own_threads, self._instance.let_go)
