"""From a bare interpreter to a plugin that runs as if its environment's own `python plugin.py` had been called.

The host starts the base interpreter with -S, so that no code of the environment runs first: no .pth file, no
sitecustomize. interpreter.py then does what plugins expect of `site`.

Options, each followed by its value:
  --folder         the plugin's folder
  --entry-point    its file, relative to the folder
  --module         in its place: a module to run as `__main__`
  --class          a class in that module, which then keeps its own name
  --prefix         the environment's folder (sys.prefix); none: the interpreter's own
  --site-packages  where its packages are
  --environment    identity of the environment, for HELLO
  --bytecode       how the path of this SDK's byte code begins, see _bytecode.py; none: Python imports its modules
  --log-level      from which on the host's log takes lines; none: from warnings on
  --start          `fork`: this process is to be a template, see template.py; `group`: see _group/launch.py
  --accelerator    folder of the C extension of msgpack that fits this interpreter; none: the codec in Python
  --endpoint       what this process talks to the host over, see endpoint.py
  --lifeline       the socket whose other end only the host has: `fd:5`
  --sandbox        what the plugin is allowed, see _sandbox/policy.py; none: all that the host's user is
  --program        in place of all those for plugins in Python: the absolute path of what this process becomes, behind the gates
  --arguments      what that is called with, one on a line, written as values of a policy are
  --variables      further variables of its environment, likewise
  --descriptors    how many descriptors are meant for this process: those from this number on are closed
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import faulthandler
import posix
import sys

from .._author import host
from .._author.plugin import PluginBase
from .._calls.host_calls import HostCalls
from .._calls.present import RunningCall
from .._python_alone import remember_own_folders
from .._wire.endpoint import LIFELINE_FD, EndpointError, open_endpoint, open_lifeline, open_template_endpoint
from .._wire.hello import Hello
from .entry_point import entry_point
from .interpreter import add_script_folders, enter_environment
from .lifeline import hold_on
from .python_logging import connect_logging
from .serve import Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Optional, Protocol

    from .._author.host import Server
    from .._codec.accelerated import AcceleratedCodec
    from .._sandbox.gates import Gates
    from .._wire.endpoint import Endpoint

    class EntryPoint(Protocol):
        def plugin(self) -> Optional[type[PluginBase]]:
            """None if it has served one itself."""


# Where the open descriptors can't be listed, those below this number are closed.
MOST_COUNTED = 1024


def launch(options: dict[str, str]) -> None:
    close_inherited(options)
    if "--program" in options:
        from .program import become

        become(options, lambda: close_gates(options["--sandbox"], False)[2])
    if options["--endpoint"] == "none":
        _launch_service(options)
    is_template = options.get("--start") == "fork"
    folder = None
    try:
        if is_template:
            lifeline: Optional[int] = open_lifeline(options["--lifeline"], LIFELINE_FD)
            endpoint, folder = open_template_endpoint(options["--endpoint"])
        else:
            lifeline = open_lifeline(options["--lifeline"]) if "--lifeline" in options else None
            if not options["--endpoint"].startswith("fd:"):
                _hold_lifeline(lifeline)  # it may have to wait for a host that never comes
            endpoint = open_endpoint(options["--endpoint"], options.get("--site-packages"))
    except EndpointError as error:
        sys.stderr.write("%s\n" % error)
        sys.exit(error.status)
    instance = Instance(endpoint)
    codec = accelerator(options.get("--accelerator"))
    if codec is not None:
        instance.connection.data.accelerate(codec)

    if is_template or "--sandbox" in options:
        _hold_lifeline(lifeline)
    gates, closed, refusal = close_gates(options.get("--sandbox"), is_template)
    hello = Hello(options.get("--environment", ""), "pure" if codec is None else "c", closed)
    if is_template:
        from .template import Template

        def begin_fork() -> None:
            if gates is not None:
                gates.close_in_fork()
            meet_host(instance, lifeline)

        host.server = Template(instance, endpoint, folder, hello, begin_fork)
    else:
        # The host waits for HELLO, so that comes first. If the host dies in between, the next steps end this process.
        hello.send(endpoint.data_outlet)
        meet_host(instance, lifeline)
    if refusal is not None:
        _server().refuse_to_start({"code": "SANDBOX_UNAVAILABLE", "message": refusal})
    own_the_process(endpoint)
    point = entry_point(options)
    remember_own_folders()
    connect_logging(options.get("--log-level"))
    enter_environment(options.get("--prefix"), options.get("--site-packages"), point.arguments)
    add_script_folders(point.folders)
    status: Any = 0
    try:
        run_plugin(point)
    except SystemExit as end:
        status = end.code
    from .leave import leave, leave_template

    if host.server is instance:
        leave(status, instance.own_threads, instance.let_go)
    leave_template(status, instance.let_go)


def _launch_service(options: dict[str, str]) -> NoReturn:
    """What this process runs talks to the host by itself."""
    _hold_lifeline(open_lifeline(options["--lifeline"]) if "--lifeline" in options else None)
    _, _, refusal = close_gates(options.get("--sandbox"), False)
    if refusal is not None:
        sys.stderr.write("can't be kept to its permissions here: %s\n" % refusal)
        sys.exit(EndpointError.status)
    own_the_process(None)
    from .service import run_service

    run_service(options)


def close_gates(policy: Optional[str], is_template: bool) -> tuple[Optional[Gates], Any, Optional[str]]:
    """The gates, which of them are closed, and why one is not: then no code of the plugin may run."""
    if policy is None:
        return None, None, None
    try:
        from .._sandbox.gates import Gates
        from .._sandbox.kernel import GateError
    except ImportError as error:
        return None, None, "this Python can't make system calls: %s" % error
    try:
        gates = Gates(policy)
        return gates, gates.close(is_template), None
    except GateError as error:
        return gates, None, str(error)
    except Exception as error:  # another implementation of Python may have a `_ctypes` that is not the same
        return gates, None, "%s: %s" % (type(error).__name__, error)


def accelerator(folder: Optional[str]) -> Optional[AcceleratedCodec]:
    if folder is None:
        return None
    from .accelerator import load

    return load(folder)


def meet_host(instance: Instance, lifeline: Optional[int]) -> None:
    connection = instance.connection
    connection.descriptors.remember(lifeline)
    instance.start_threads()
    _hold_lifeline(lifeline)
    posix.register_at_fork(after_in_child=connection.leave_in_child)
    host_calls = HostCalls(connection, connection.cancellation)
    PluginBase.context.connect(connection, RunningCall(connection), host_calls)
    host.server = instance


def close_inherited(options: dict[str, str]) -> None:
    """Else a lock or log file that the host inherited from its shell would stay open as long as this process runs."""
    if "--descriptors" not in options:
        return
    first = int(options["--descriptors"])
    try:
        # Listed, not counted up to the limit: that may be a million.
        fds = [int(name) for name in posix.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")]
    except OSError:  # a container may have neither
        fds = list(range(first, MOST_COUNTED))
    for fd in fds:
        if fd >= first:
            try:
                posix.close(fd)
            except OSError:
                continue  # it was that of the listing


def _hold_lifeline(fd: Optional[int]) -> None:
    if fd is not None:
        hold_on(fd)


def own_the_process(endpoint: Optional[Endpoint]) -> None:
    """None: this process talks to the host by itself."""
    if endpoint is not None:
        sys.setswitchinterval(endpoint.switch_seconds)
    ignore_interrupts()
    if sys.stderr is not None:
        faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # Line by line: after a crash, the last lines explain it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]


def ignore_interrupts() -> None:
    # Ctrl-C in the host's terminal is for the host. Not SIG_IGN, which the plugin's children would inherit.
    _signal.signal(_signal.SIGINT, lambda _number, _frame: None)


def run_plugin(point: EntryPoint) -> None:
    try:
        plugin = point.plugin()
        if plugin is not None and not _server().is_over:
            plugin().start_server()
    except BaseException as error:
        if _server().is_over:
            raise
        from .failed_start import failure_of

        _server().refuse_to_start(failure_of(error, "PLUGIN_IMPORT_FAILED"))


def _server() -> Server:
    """Read anew each time: a fork has another one than its template."""
    assert host.server is not None
    return host.server
