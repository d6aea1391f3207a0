"""Whether a host started this process, and if so, what serves plugins to it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Optional, Protocol

    class Plugin(Protocol):
        """What the SDK calls of a plugin; `PluginBase` has it."""

        def initialize(self, config: dict[str, Any]) -> Any: ...
        def execute(self, input_data: Any) -> Any: ...
        def cleanup(self) -> Any: ...
        def get_metadata(self) -> Any: ...

    class Server(Protocol):
        """An instance, or the template of instances."""

        # Whether the host has been told how it ended: what is raised from then on is the end itself.
        is_over: bool

        def serve(self, plugin: Plugin) -> NoReturn: ...
        def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn: ...


# One process has one host: it owns the two file descriptors, the signal and the main thread.
server: Optional[Server] = None
