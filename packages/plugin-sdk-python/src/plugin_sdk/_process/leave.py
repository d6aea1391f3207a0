"""The end in good order: as Python ends a script, but within a limit, and with nothing of a fork's template."""

from __future__ import annotations

import gc
import sys
from _thread import _count, get_ident
from time import sleep

from .._author.plugin import PluginBase
from .._wire.end import flush_standard_streams
from .finalize import finalize_objects
from .inherited import Inherited
from .open_files import flush_files, open_files
from .resource_trackers import end_trackers, running_trackers
from .stragglers import wait_for_stragglers

try:
    from posix import _exit
except ImportError:  # see frames.py
    from os import _exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn

# A stop has `timeouts.stop` as its limit, which `cleanup` may use up to wait for what it knows.
PATIENCE_SECONDS = 1.0
# A thread that has done its work is counted for a moment more.
THREAD_PATIENCE_SECONDS = (0.0, 0.001, 0.004)


def leave(status: Any, own_threads: frozenset[int], let_go: Callable[[], None]) -> NoReturn:
    """Called by the main thread, once it is out of the plugin's file. `let_go` drops what this package has of the plugin."""
    _report(wait_for_stragglers(PATIENCE_SECONDS))
    _run_exit_handlers()
    if running_trackers() or _are_others(own_threads):
        _leave_by_hand(status, own_threads, Inherited())
    _leave_by_python(status, let_go)


def leave_template(status: Any, let_go: Callable[[], None]) -> NoReturn:
    """Waits for nothing: a thread keeps it from being a template, and the instance that is spawned instead has its own."""
    wait_for_stragglers(0)
    _run_exit_handlers()
    if running_trackers() or _are_others(frozenset()):
        _leave_by_hand(status, frozenset(), Inherited())
    _leave_by_python(status, let_go)


def leave_fork(status: Any, own_threads: frozenset[int], inherited: Inherited) -> NoReturn:
    """Called inside the plugin's file: what comes behind `start_server` is the template's."""
    _report(wait_for_stragglers(PATIENCE_SECONDS))
    _run_exit_handlers()
    _leave_by_hand(status, own_threads, inherited)


def _report(left: list[str]) -> None:
    if left:
        PluginBase.context.log.warning(
            "still running %g s after cleanup, and ended with the plugin: %s. Let cleanup() end them and wait for them."
            % (PATIENCE_SECONDS, "; ".join(left))
        )


def _run_exit_handlers() -> None:
    import atexit

    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass  # 3.9 has printed it, and raises it too


def _are_others(own_threads: frozenset[int]) -> bool:
    for delay in THREAD_PATIENCE_SECONDS:
        sleep(delay)
        if _count() <= len(own_threads):
            return False
    return True


def _leave_by_python(status: Any, let_go: Callable[[], None]) -> NoReturn:
    # Before anything is let go: of objects in a circle the collector may close a file before its buffer.
    flush_files(open_files())
    # Python finalises a circle in the order of its lists of objects. One that is half through its generations would have
    # a file before the archive that still writes to it; a collection before anything is let go puts them in order of age.
    gc.collect(1)
    let_go()
    sys.exit(status)


def _leave_by_hand(status: Any, own_threads: frozenset[int], inherited: Inherited) -> NoReturn:
    _stop_threads(own_threads)
    finalize_objects(inherited)
    end_trackers(running_trackers(), PATIENCE_SECONDS)
    flush_standard_streams()
    _exit(status if isinstance(status, int) else int(status is not None))


def _stop_threads(own_threads: frozenset[int]) -> None:
    """At Python's end they stop where they are. Here they must not go on with what is finalised beside them."""
    others = [ident for ident in sys._current_frames() if ident != get_ident() and ident not in own_threads]
    if not others:
        return
    from .._several.interrupt import load_interrupt

    interrupt = load_interrupt()
    for ident in others:
        if interrupt is not None:
            interrupt(ident, SystemExit)
