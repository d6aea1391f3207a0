"""`self.context` is of the plugin that the thread works for, wherever it is asked: `PluginBase` is one class for all of a group."""

from __future__ import annotations

from .._author.context import Context
from .._author.plugin import PluginBase
from .present import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _ContextOfPresent(Context):
    """Without a plugin it has no host."""

    def __getattribute__(self, name: str) -> Any:
        member = present()
        return object.__getattribute__(self if member is None else member.context, name)


def tell_contexts_apart() -> None:
    PluginBase.context = _ContextOfPresent()
