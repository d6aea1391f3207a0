"""Connects Python's `logging` with the host's log, if the plugin loads it: that takes longer than the rest of a start."""

from __future__ import annotations

import sys

from .._python_alone import own_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any, Optional

# `logging`'s numbers for the levels of the host's log.
LEVELS = {"debug": 10, "info": 20, "warn": 30, "error": 40}


def connect_logging(level: Optional[str]) -> None:
    """For a plugin that may have loaded it already. `level` as for `WhenLoggingLoads`."""
    if "logging" not in sys.modules:
        sys.meta_path.insert(0, WhenLoggingLoads(level))
        return
    from .._author.log_handler import take_what_is_not_configured

    take_what_is_not_configured(number_of_level(level))


class WhenLoggingLoads:
    """Finds the module `logging` once, as the others would, to act when it is there."""

    def __init__(self, level: Optional[str]) -> None:
        """`level`: from which on the host's log takes lines; None: from warnings on."""
        self._level = number_of_level(level)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                own = own_spec(name)
                if own is not None and own.origin == spec.origin:  # it may be a file of the plugin
                    self._follow(spec.loader)
                return spec
        return None

    def _follow(self, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            del loader.exec_module
            execute(module)
            from .._author.log_handler import take_what_is_not_configured

            take_what_is_not_configured(self._level)

        loader.exec_module = exec_module


def number_of_level(level: Optional[str]) -> int:
    """`level`: of the host's log; None: from warnings on."""
    return LEVELS.get(level or "warn", LEVELS["warn"])
