"""The channels to the host, the cancellation, and the state of the running call, for all that runs calls."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Optional, Protocol

    from .._wire.control import ControlChannel
    from .._wire.data import DataChannel
    from .._wire.descriptors import Descriptors
    from .cancel import Cancellation

    class Inputs(Protocol):
        """Input streams of the calls that run, or wait for it."""

        def open(self, message: list[Any]) -> None: ...
        def receive(self, message: Any) -> None: ...
        def end(self, call: int) -> None: ...

    class OpenStreams(Protocol):
        """Answers that are streams and still open."""

        def credit(self, call: int, count: int) -> None: ...


class Connection:
    """One per process. Read its fields anew each time: with concurrency the scheduler replaces `data`."""

    __slots__ = (
        "began",
        "cancellation",
        "control",
        "data",
        "descriptors",
        "inputs",
        "is_forked",
        "running",
        "streams",
        "waiting",
    )

    inputs: Inputs

    def __init__(
        self, data: DataChannel, control: ControlChannel, cancellation: Cancellation, descriptors: Descriptors
    ) -> None:
        self.data = data
        self.control = control
        self.cancellation = cancellation
        self.descriptors = descriptors
        # The CALL that runs, and when it began. `context` reads them when a plugin asks.
        self.running: Sequence[Any] = ()
        self.began = 0.0
        self.streams: Optional[OpenStreams] = None
        # Messages that came while a call waited for another plugin, a resource, or more of its input.
        self.waiting: list[Any] = []
        self.is_forked = False

    def leave_in_child(self) -> None:
        """After a fork: makes sure that the child sends the host nothing, and keeps no channel open when this process ends."""
        import posix

        self.is_forked = True
        self.cancellation.forget()
        nowhere = posix.open("/dev/null", posix.O_RDWR | posix.O_CLOEXEC)
        for fd in self.descriptors.numbers:
            posix.dup2(nowhere, fd, False)
        posix.close(nowhere)
        self.data.forget()
