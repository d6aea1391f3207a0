"""Waits for what Python's own end would wait for without limit: threads that are no daemons, executors, child processes.

The host stops an instance within a limit, so this wait has one as well. Whatever still runs then is left behind, by name.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock, get_ident, start_new_thread
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable


def wait_for_stragglers(patience: float) -> list[str]:
    """Waits for at most `patience` seconds. Returns what still runs then, as people would name it."""
    deadline = monotonic() + patience
    threading: Any = sys.modules.get("threading")
    left = []
    if threading is not None:
        _end_executors(getattr(threading, "_threading_atexits", ()), deadline)
        for thread in threading.enumerate():
            if not thread.daemon and thread.ident != get_ident():
                thread.join(_left(deadline))
                if thread.is_alive():
                    left.append(_describe(thread))
    return left + _end_processes(deadline)


def _left(deadline: float) -> float:
    return max(0.0, deadline - monotonic())


def _end_executors(handlers: Sequence[Callable[[], object]], deadline: float) -> None:
    """Executors finish what was submitted to them. In a thread of their own, because they wait without limit."""
    if not handlers:
        return
    done = allocate_lock()
    done.acquire()

    def run() -> None:
        try:
            for handler in reversed(handlers):
                handler()
        except Exception:
            sys.excepthook(*sys.exc_info())
        finally:
            done.release()

    start_new_thread(run, ())
    done.acquire(True, _left(deadline))


def _end_processes(deadline: float) -> list[str]:
    """Children of `multiprocessing`, whose exit handler would wait for them. Those that a plugin starts by other means are the host's to end."""
    processes: Any = sys.modules.get("multiprocessing.process")
    left = []
    for child in () if processes is None else processes.active_children():
        if child.daemon:
            continue
        child.join(_left(deadline))
        if child.is_alive():
            left.append("%s (process %s)" % (child.name, child.pid))
            child.terminate()
            processes._children.discard(child)
    return left


def _describe(thread: Any) -> str:
    """With the line that it stands at outside of Python's own library."""
    library = str(sys.modules["encodings"].__file__).rpartition("/encodings/")[0] + "/"
    frame = sys._current_frames().get(thread.ident)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(("<", library)) or "/site-packages/" in file:
            return "%s at %s:%d" % (thread.name, file.rpartition("/")[2], frame.f_lineno)
        frame = frame.f_back
    return str(thread.name)
