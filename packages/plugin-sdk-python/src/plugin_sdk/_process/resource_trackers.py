"""Processes of `multiprocessing` and joblib that remove what a process has shared and not removed, when that process ends.

The host ends what an instance leaves behind, these included: so the instance waits for them, as its last step.
"""

from __future__ import annotations

import sys
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STEP_SECONDS = 0.002


def running_trackers() -> list[Any]:
    """Those that this process has started; a fork leaves the one of its template alone."""
    modules = [module for name, module in list(sys.modules.items()) if name.endswith(".resource_tracker")]
    trackers = {id(tracker): tracker for tracker in (getattr(each, "_resource_tracker", None) for each in modules)}
    return [each for each in trackers.values() if getattr(each, "_fd", None) is not None and _runs(each)]


def end_trackers(trackers: list[Any], patience: float) -> None:
    """They end when the last process that could share something has gone. Waits for at most `patience` seconds."""
    import os

    for tracker in trackers:
        os.close(tracker._fd)
        tracker._fd = None
    deadline = monotonic() + patience
    while any(_runs(tracker) for tracker in trackers) and monotonic() < deadline:
        sleep(STEP_SECONDS)


def _runs(tracker: Any) -> bool:
    import os

    pid = getattr(tracker, "_pid", None)
    try:
        return pid is not None and os.waitpid(pid, os.WNOHANG)[0] == 0
    except OSError:
        return False  # it has gone, or is another process's child
