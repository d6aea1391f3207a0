"""An instance that was not started by its host but by a command of its own, such as that of a container's image: the host
hands the options over in a variable. Everything up to `start_server` has run before the host hears of it."""

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
    from typing import Any, NoReturn, Optional

    from .._author.host import Plugin

# Some of the options in launch.py, as on a command line: `--endpoint unix:/run/bulkhead --lifeline …`.
VARIABLE = "BULKHEAD_HOST"
# The first process of a container passes signals on to its child, and to no other process.
FIRST_PROCESS = 1


def find_host() -> Optional[OwnCommand]:
    """None: no host has handed anything over."""
    text = os.environ.pop(VARIABLE, None)  # what the plugin starts is no instance
    if text is None:
        return None
    words = text.split(" ")
    return OwnCommand(dict(zip(words[::2], words[1::2])))


class OwnCommand:
    """Connects to the host, and ends the process in good order when that asks for it."""

    def __init__(self, options: dict[str, str]) -> None:
        try:
            endpoint = open_endpoint(options["--endpoint"])
            lifeline = open_lifeline(options["--lifeline"])
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

    def serve(self, plugin: Plugin) -> NoReturn:
        status: Any = None
        try:
            self._instance.serve(plugin)
        except SystemExit as end:
            status = end.code
        from .leave import leave

        leave(status, self._instance.own_threads, self._instance.let_go)
