"""Why a plugin could not start, as the host is told. Imported when one could not."""

from __future__ import annotations

import sys

from .._author import host
from .._author.mistakes import Miswritten, constructor_with_parameters
from .._author.plugin import PluginBase
from .._calls.failure import describe, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def failure_of(error: BaseException, code: str) -> dict[str, Any]:
    """`code` unless it is a mistake that is known: then PLUGIN_INVALID with its place."""
    if not isinstance(error, Miswritten):
        module = None if host.server is None else sys.modules.get(host.server.main)
        values = () if module is None else vars(module).values()
        classes = [value for value in values if isinstance(value, type) and issubclass(value, PluginBase)]
        mistake = constructor_with_parameters(classes, error)
        if mistake is None:
            return describe(error, code)
        error = Miswritten([mistake])
    return refusal("PLUGIN_INVALID", str(error), {"mistakes": error.mistakes})
