"""A plugin that is started by a command of its own, such as `ssh host python plugin.py`, joins the host when it imports plugin_sdk.

The host says how in environment variables, which are taken away, so that no program that the plugin starts joins as well:
  BULKHEAD_ENDPOINT   what this process talks to the host over, see endpoint.py
  BULKHEAD_LOG_LEVEL  from which on the host's log takes lines; none: from warnings on
"""

from __future__ import annotations

import os
import sys

from .._author import host
from .._wire.endpoint import EndpointError, open_endpoint
from .._wire.hello import Hello
from .launch import meet_host, own_the_process
from .python_logging import connect_logging
from .serve import Instance


def join() -> None:
    text = os.environ.pop("BULKHEAD_ENDPOINT")
    level = os.environ.pop("BULKHEAD_LOG_LEVEL", None)
    try:
        endpoint = open_endpoint(text)
    except EndpointError as error:
        sys.stderr.write("%s\n" % error)
        sys.exit(error.status)
    instance = Instance(endpoint)
    Hello("", "pure", None).send(endpoint.data_outlet)
    meet_host(instance, None)
    own_the_process(endpoint)
    connect_logging(level)
    host.server = instance
