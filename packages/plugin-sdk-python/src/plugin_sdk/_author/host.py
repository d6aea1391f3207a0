"""The object that serves plugins to the host, if a host started this process."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn, Optional, Protocol

    class Plugin(Protocol):
        """The methods of a plugin that the SDK calls; `PluginBase` has them."""

        def initialize(self, config: dict[str, Any]) -> Any: ...
        def execute(self, input_data: Any) -> Any: ...
        def cleanup(self) -> Any: ...
        def get_metadata(self) -> Any: ...

    class Serving(Protocol):
        @property
        def transport(self) -> str:
            """What it talks to the host over, as the registry names it."""

        def serve(self, plugin: Plugin) -> NoReturn: ...
        def refuse_to_start(self, failure: dict[str, Any]) -> NoReturn: ...

    class Server(Serving, Protocol):
        """An instance, or the template of instances."""

        @property
        def is_over(self) -> bool:
            """Whether the host knows how this process ended. What is raised from then on only ends it."""

        @property
        def main(self) -> str:
            """The name of the module that was run."""


# One process has one host: it owns the two file descriptors, the signal and the main thread.
server: Optional[Server] = None
# Connects to a host whose command has started this process, in place of the host itself.
find: Optional[Callable[[], Serving]] = None
