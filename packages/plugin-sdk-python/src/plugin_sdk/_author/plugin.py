"""The class that a plugin derives from."""

from __future__ import annotations

from . import host
from .context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PluginBase:
    """A plugin. Overriding `execute` is enough; every method below may be left out, and may be `async def`."""

    context = Context()

    def initialize(self, config: dict[str, Any]) -> Any:
        """Called once before the first call, with the configuration that the registry holds for this plugin."""

    def execute(self, input_data: Any) -> Any:
        """The default action. What it returns has to be made of None, bool, int, float, str, bytes, lists and dicts."""
        raise NotImplementedError("%s does not override execute" % type(self).__qualname__)

    def cleanup(self) -> Any:
        """Called once when the host stops this instance in good order."""

    def get_metadata(self) -> Any:
        """What the host is to know of this plugin, such as its version. `id` is added where it is missing."""
        return {}

    def start_server(self) -> None:
        """Hands over to the host, and does not come back. Without a host it explains itself, or runs one action."""
        if host.server is not None:
            host.server.serve(self)
        from .standalone import run

        run(self, PluginBase)
