"""The class that a plugin derives from."""

from __future__ import annotations

from . import host
from .context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


class PluginBase:
    """A plugin. Overriding `execute` is enough. Every method below is optional, and may be `async def`."""

    context = Context()
    # What authors look for on the plugin itself, and where it is.
    _bulkhead_elsewhere = {
        **dict.fromkeys(("log", "logger", "logging"), "use self.context.log"),
        **dict.fromkeys(("progress", "call", "lock"), "it is of self.context"),
        "config": "initialize gets the config, and has to keep it: self.config = config",
    }

    def initialize(self, config: dict[str, Any]) -> Any:
        """Called once before the first call, with the configuration that the registry holds for this plugin."""

    def execute(self, input_data: Any) -> Any:
        """The default action. Returns None, bool, int, float, str, bytes, a datetime, an array, a dataclass, an enum and the
        like, or lists and dicts of these; docs/writing-a-plugin.md lists them all."""
        raise NotImplementedError("%s does not override execute" % type(self).__qualname__)

    def cleanup(self) -> Any:
        """Called once when the host stops this instance; not after a crash or a kill."""

    def get_metadata(self) -> Any:
        """A dict that the host can show, such as the version. The SDK adds `id` if it is missing."""
        return {}

    def start_server(self, transport: Optional[str] = None) -> None:
        """Serves the host and does not return. Without a host it explains the plugin, or runs one action.

        The registry decides what it talks over. `transport`, such as "grpc", refuses to start over any other.
        """
        if transport is not None:
            from .transports import check_name

            check_name(transport)
        serving = host.server or (host.find and host.find())
        if serving:
            if transport is not None and transport != serving.transport:
                from .transports import mismatch

                serving.refuse_to_start(mismatch(transport, serving.transport))
            serving.serve(self)
        from .standalone import run

        run(self, PluginBase)
