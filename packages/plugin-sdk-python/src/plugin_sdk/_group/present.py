"""Which plugin a thread works for. Threads that it starts work for the same one."""

from __future__ import annotations

import _thread
import threading
from _thread import _local, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Protocol

    from .._author.context import Context
    from .._author.host import Server

    class Member(Protocol):
        """A plugin of this group."""

        # The host's.
        number: int
        context: Context
        # Its modules, once it has some; see spaces.py.
        space: Any
        stdout: Any
        stderr: Any
        # Those that work for it.
        threads: set[int]

        @property
        def server(self) -> Optional[Server]:
            """None before it speaks to the host."""


# By which `threading` starts threads; which it is depends on the version of Python.
_STARTERS = ("_start_new_thread", "_start_joinable_thread")


class _Present(_local):
    member: Optional[Member] = None


_present = _Present()


def present() -> Optional[Member]:
    """None in threads that work for no plugin, such as those of this package that read control."""
    return _present.member


def enter(member: Member) -> None:
    """Called by a thread: from now on it works for that plugin."""
    _present.member = member
    member.threads.add(get_ident())


def carry_into_threads() -> None:
    """Called once, before any plugin runs."""
    _thread.start_new_thread = _carrying(_thread.start_new_thread)
    for name in _STARTERS:
        if hasattr(threading, name):
            setattr(threading, name, _carrying(getattr(threading, name)))


def _carrying(start: Callable[..., Any]) -> Callable[..., Any]:
    def start_thread(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        member = _present.member
        if member is None:
            return start(function, *arguments, **options)

        def run(*arguments: Any, **options: Any) -> None:
            enter(member)
            try:
                function(*arguments, **options)
            finally:
                member.threads.discard(get_ident())

        return start(run, *arguments, **options)

    return start_thread
