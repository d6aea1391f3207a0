"""Python's `logging`: each plugin has the handlers of a root logger of its own. All loggers, and their levels, are one for the group."""

from __future__ import annotations

import logging
from weakref import WeakKeyDictionary

from .._author.log_handler import take_what_is_not_configured
from .present import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Root(logging.RootLogger):
    _of_plugins: Any = WeakKeyDictionary()
    _of_group: list[logging.Handler] = []

    @property
    def handlers(self) -> list[logging.Handler]:
        member = present()
        if member is None:
            return self._of_group
        found: list[logging.Handler] = self._of_plugins.setdefault(member, [])
        return found

    @handlers.setter
    def handlers(self, handlers: list[logging.Handler]) -> None:
        self.handlers[:] = handlers


def tell_logs_apart(level: int) -> None:
    """`level`: from which on the host's log takes lines."""
    logging.root.__class__ = _Root
    take_what_is_not_configured(level)
