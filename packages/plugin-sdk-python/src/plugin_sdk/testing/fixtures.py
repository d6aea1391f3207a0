"""Fixtures for pytest."""

from __future__ import annotations

from typing import Any, Iterator, Optional, Protocol, Union

import pytest

from .._author.plugin import PluginBase
from .fake_host import FakeHost
from .real_host import NoHost, RealHost
from .running_plugin import RunningPlugin


class StartPlugin(Protocol):
    """What the fixture `start_plugin` is: takes the plugin's class, or an instance, and its configuration."""

    def __call__(
        self,
        plugin: Union[type[PluginBase], PluginBase],
        config: Optional[dict[str, Any]] = None,
        *,
        id: str = "plugin",
    ) -> RunningPlugin: ...


@pytest.fixture
def fake_host() -> FakeHost:
    """Notes what the plugin asks for, and answers it."""
    return FakeHost()


@pytest.fixture
def start_plugin(fake_host: FakeHost) -> Iterator[StartPlugin]:
    """Starts a plugin in this process, with `fake_host` as its host, and ends it with the test."""
    running: list[RunningPlugin] = []

    def start(
        plugin: Union[type[PluginBase], PluginBase], config: Optional[dict[str, Any]] = None, *, id: str = "plugin"
    ) -> RunningPlugin:
        __tracebackhide__ = True
        running.append(RunningPlugin(plugin, config, host=fake_host, id=id))
        return running[-1]

    yield start
    for plugin in running:
        plugin.close()


@pytest.fixture
def real_host(request: pytest.FixtureRequest) -> RealHost:
    """Calls this plugin through the real host. Skips the test where there is none."""
    try:
        return RealHost.found_from(str(request.config.rootpath))
    except NoHost as reason:
        pytest.skip(str(reason))
