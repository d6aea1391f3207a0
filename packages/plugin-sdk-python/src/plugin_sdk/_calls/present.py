"""The facts that `context` needs of the call that the asking code belongs to."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Optional, Protocol

    from .connection import Connection

    class Present(Protocol):
        @property
        def number(self) -> Optional[int]:
            """None while no call runs."""

        @property
        def unwanted(self) -> bool:
            """Whether the host has asked for it to end."""

        @property
        def message(self) -> Sequence[Any]:
            """CALL, as it came."""

        @property
        def began(self) -> float:
            """By `perf_counter`."""


class RunningCall:
    """The one call that the main thread runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def number(self) -> Optional[int]:
        return self._connection.cancellation.current

    @property
    def unwanted(self) -> bool:
        return self._connection.cancellation.requested

    @property
    def message(self) -> Sequence[Any]:
        return self._connection.running

    @property
    def began(self) -> float:
        return self._connection.began
