"""Lets a debugger attach to this process, by debugpy, which the host brings along.

The main thread sets debugpy up: `threading` takes the thread that imports it first for the main thread, and user code
runs there. Only an instance imports debugpy, when the host asks, never a template: its threads would be missing in a fork.
"""

from __future__ import annotations

import os
import sys
import warnings
from _thread import start_new_thread
from time import sleep

from .._calls.cancel import BUSY_IN_NATIVE_CODE
from .._python_alone import PythonAlone
from .._wire.frames import DEBUGGING

with PythonAlone():
    import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, ModuleType
    from typing import Any, Optional

    from .._calls.connection import Connection

# debugpy has no event for this.
LOOK_SECONDS = 0.1
# debugpy warns on standard error that it can't debug Python's own frozen modules, which no author wants.
NO_WARNING = "PYDEVD_DISABLE_FILE_VALIDATION"

# Where a debugger can attach; debugpy can be asked to listen only once.
_endpoint: dict[str, Any] = {}


def let_attach(connection: Connection, number: int, request: dict[str, Any]) -> None:
    """Called by the control thread. Answers DEBUG `number`, then reports each debugger that attaches or leaves."""
    _hide_from_debugger()
    answer: dict[str, Any] = {}
    is_first = not _endpoint
    if not connection.cancellation.run_in_main(lambda: answer.update(_listen(request))):
        answer = {"error": BUSY_IN_NATIVE_CODE}
    connection.control.send([DEBUGGING, number, answer])
    if is_first and _endpoint:
        # A cancel waits while a breakpoint holds the call: it would interrupt the debugger's own code.
        connection.cancellation.is_protected = _is_in_debugger
        start_new_thread(_watch, (connection, number))


def _hide_from_debugger() -> None:
    """Lets this thread go on while the debugger holds all others: pings must be answered."""
    thread: Any = threading.current_thread()
    thread.pydev_do_not_trace = thread.is_pydev_daemon_thread = True


def _is_in_debugger(frame: Optional[FrameType]) -> bool:
    folder = os.path.dirname(str(sys.modules["debugpy"].__file__))
    while frame is not None:
        if frame.f_code.co_filename.startswith(folder):
            return True
        frame = frame.f_back
    return False


def _listen(request: dict[str, Any]) -> dict[str, Any]:
    if _endpoint:
        return _endpoint
    try:
        debugpy: Any = _load(request["path"])
        # The adapter is a separate process: it gets neither the plugin's packages nor the plugin's children.
        debugpy.configure(python=getattr(sys, "_base_executable", sys.executable), subProcess=False)
        host, port = debugpy.listen((request["host"], request["port"]))
    except Exception as error:
        return {"error": str(error) or type(error).__name__}
    _endpoint.update(host=host, port=port)
    return _endpoint


def _load(path: str) -> ModuleType:
    """The debugpy that the plugin has imported, or the host's."""
    if "debugpy" in sys.modules:
        return sys.modules["debugpy"]
    wanted = NO_WARNING not in os.environ
    sys.path.insert(0, path)
    try:
        if wanted:
            os.environ[NO_WARNING] = "1"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            __import__("debugpy.server.api")
    finally:
        sys.path.remove(path)
        if wanted:
            del os.environ[NO_WARNING]
    return sys.modules["debugpy"]


def _watch(connection: Connection, number: int) -> None:
    _hide_from_debugger()
    debugpy: Any = sys.modules["debugpy"]
    was_attached = False
    while True:
        sleep(LOOK_SECONDS)
        connection.cancellation.remind()
        is_attached = bool(debugpy.is_client_connected())
        if is_attached != was_attached:
            was_attached = is_attached
            connection.control.send([DEBUGGING, number, {"attached": is_attached}])
