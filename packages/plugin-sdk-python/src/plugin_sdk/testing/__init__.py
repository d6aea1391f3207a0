"""Runs a plugin in a test, without a host or with a real one. `bulkhead test` loads it; elsewhere a conftest.py does by
`pytest_plugins = ["plugin_sdk.testing"]`. Nothing of it is loaded where plugins are served. PYTEST_DONT_REWRITE
"""

from .fake_host import FakeHost, HostCall, LockRequest, LogLine, Progress
from .outcome import CallFailed
from .real_host import RealHost
from .running_plugin import AnswerStream, RunningPlugin

try:
    import pytest as _pytest  # noqa: F401
except ImportError:
    pass  # the classes do without
else:
    from .fixtures import StartPlugin, fake_host, real_host, start_plugin

__all__ = [
    "AnswerStream",
    "CallFailed",
    "FakeHost",
    "HostCall",
    "LockRequest",
    "LogLine",
    "Progress",
    "RealHost",
    "RunningPlugin",
    "StartPlugin",
    "fake_host",
    "real_host",
    "start_plugin",
]
