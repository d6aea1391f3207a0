"""One of several running calls, and the interface of the scheduler for threads and event loop."""

from __future__ import annotations

from _contextvars import ContextVar, copy_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional, Protocol

    from .._author.actions import Action
    from .._calls.answers import Answers
    from .._wire.shared_data import SharedDataChannel

    class Runner(Protocol):
        """A thread, or the event loop."""

        def interrupt(self, call: Call) -> None:
            """Called by the control thread, once for a call."""

    class Scheduling(Protocol):
        data: SharedDataChannel
        answers: Answers
        # Gets a value from each thread that ends.
        ended_threads: Any
        # The types of results that are not an answer yet.
        unfinished: frozenset[type]

        def next_job(self) -> Any:
            """Waits for a call, with a generator that its action has returned elsewhere. None: the thread is to end."""

        def submit(self, call: Call, value: Any = None) -> None:
            """To a thread. `value`: a generator that its action has returned elsewhere."""

        def submit_task(self, call: Call, value: Any = None) -> None:
            """To the event loop."""

        def answer(self, call: Call, value: Any, error: Optional[BaseException]) -> Optional[Call]:
            """Sends its RESULT or FAILURE; otherwise as `ended`."""

        def ended(self, call: Call) -> Optional[Call]:
            """The call was answered. Returns the call that the asking thread is to run next."""

        def could_not_write(self) -> None:
            """The host has gone, which the reading threads see too, or the plugin has broken a channel."""

        def leave_if_forked(self) -> None: ...
        def give_up(self) -> None: ...


# The call that code belongs to. Threads and callbacks that a plugin starts by itself belong to none, unless it hands them its
# context, as `asyncio.to_thread` does.
_current: ContextVar[Any] = ContextVar("plugin_sdk_call", default=None)


class Call:
    """One call, from being read to its answer."""

    __slots__ = (
        "action",
        "began",
        "context",
        "has_begun",
        "inbox",
        "is_cancelled",
        "is_over",
        "message",
        "number",
        "runner",
        "unwanted",
    )

    def __init__(self, message: Any, action: Action) -> None:
        self.message = message
        self.number: int = message[1]
        self.action = action
        # Once it has.
        self.began = 0.0
        # Whether the host wants it to end, and whether CANCEL said so.
        self.unwanted = False
        self.is_cancelled = False
        self.has_begun = self.is_over = False
        # Where its code runs.
        self.runner: Optional[Runner] = None
        # Takes the messages of the host that are for this call.
        self.inbox: Optional[Callable[[Any], object]] = None
        # Each call has its own: the next call of the same thread does not see what this one sets.
        self.context = copy_context()


def enter(call: Call) -> None:
    """Called in the call's context, before any code of the call."""
    _current.set(call)


def run_action(call: Call) -> Any:
    """Called in the call's context."""
    _current.set(call)
    return call.action.call(call.message[3])


def present() -> Optional[Call]:
    """The call that the asking code belongs to, while that runs."""
    call = _current.get()
    return None if call is None or call.is_over else call


class CurrentCall:
    """The facts that `context` needs of `present()`."""

    @property
    def number(self) -> Optional[int]:
        call = present()
        return None if call is None else call.number

    @property
    def unwanted(self) -> bool:
        call = present()
        return call is not None and call.unwanted

    @property
    def message(self) -> Sequence[Any]:
        call = present()
        return () if call is None else call.message

    @property
    def began(self) -> float:
        call = present()
        return 0.0 if call is None else call.began
