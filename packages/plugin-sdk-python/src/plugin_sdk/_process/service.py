"""Runs a service that knows nothing of this SDK: its file, as `python plugin.py` would, until it ends or is asked to."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import sys

from .._python_alone import remember_own_folders
from .._wire.end import flush_standard_streams
from .entry_point import File, Module, entry_point
from .interpreter import add_script_folders, enter_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def run_service(options: dict[str, str]) -> NoReturn:
    # The host can't ask a service over its socket; what it has registered for its end is to run.
    _signal.signal(_signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    point = entry_point(options)
    if not isinstance(point, (File, Module)):
        sys.stderr.write("a service is a file or a module, and no class in one\n")
        sys.exit(2)
    remember_own_folders()
    enter_environment(options.get("--prefix"), options.get("--site-packages"), point.arguments)
    add_script_folders(point.folders)
    point.run()
    flush_standard_streams()
    sys.exit(0)
