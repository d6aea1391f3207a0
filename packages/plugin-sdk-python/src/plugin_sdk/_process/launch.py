"""From a bare interpreter to a plugin that runs as if its environment's own `python plugin.py` had been called.

The base interpreter is started with -I -S, so that nothing of the environment runs before we do: no .pth file, no
sitecustomize, no variable. What `site` would have done that plugins count on is done here.

Options, each followed by its value:
  --folder         the plugin's folder
  --entry-point    its file, relative to the folder
  --prefix         the environment's folder (sys.prefix); none: the interpreter's own
  --site-packages  where its packages are
  --environment    identity of the environment, for HELLO
  --pycache        where byte code of this SDK goes, which may lie in a folder that can't be written
  --start          `fork`: this process is to be a template, see template.py
  --accelerator    folder of the C extension of msgpack that fits this interpreter; none: the codec in Python
  --lifeline       number of the descriptor whose other end only the host has
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import builtins
import faulthandler
import posix
import sys

from .._author import host as _host
from .._author.context import RunningCall
from .._author.plugin import PluginBase
from .._calls.host_calls import HostCalls
from .._wire.frames import CONTROL_FD, DATA_FD
from .._wire.hello import Hello
from .lifeline import hold_on
from .serve import Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Optional, Union

    from .template import Template


def launch(options: dict[str, str]) -> None:
    own_imports = _OwnImports(options.get("--pycache"))
    instance = Instance(own_imports)
    codec = own_imports("_process.accelerator").load(options["--accelerator"]) if "--accelerator" in options else None
    if codec is not None:
        instance.data.accelerate(codec)

    hello = Hello(options.get("--environment", ""), "pure" if codec is None else "c")
    if options.get("--start") == "fork":
        _hold_lifeline(options)
        _host.instance = own_imports("_process.template").Template(
            instance, hello, lambda: _meet_host(instance, options)
        )
    else:
        # What the host waits for comes first. Should it die meanwhile, what follows ends us.
        hello.send()
        _meet_host(instance, options)
    _own_the_process()
    path = _absolute(options["--folder"], options["--entry-point"])
    _enter_environment(options.get("--prefix"), options.get("--site-packages"))
    sys.path.insert(0, path.rpartition("/")[0])
    sys.argv[:] = [path]
    _run(path)


def _meet_host(instance: Instance, options: dict[str, str]) -> None:
    instance.control.start()
    _hold_lifeline(options)
    for fd in (DATA_FD, CONTROL_FD):
        posix.set_inheritable(fd, False)
    posix.register_at_fork(after_in_child=instance.leave_in_child)
    PluginBase.context.connect(instance, RunningCall(instance), HostCalls(instance))
    _host.instance = instance


def _hold_lifeline(options: dict[str, str]) -> None:
    if "--lifeline" in options:
        hold_on(int(options["--lifeline"]))


class _OwnImports:
    """Imports a module of this package later on, with its byte code where the host wants it."""

    def __init__(self, bytecode_folder: Optional[str]) -> None:
        self._bytecode_folder = bytecode_folder

    def __call__(self, name: str) -> Any:
        full_name = "plugin_sdk." + name
        if full_name not in sys.modules:
            before, sys.pycache_prefix = sys.pycache_prefix, self._bytecode_folder
            try:
                __import__(full_name)
            finally:
                sys.pycache_prefix = before
        return sys.modules[full_name]


def _own_the_process() -> None:
    # A ping is answered this soon while user code computes. Measured: costs no throughput.
    sys.setswitchinterval(0.001)
    # Ctrl-C in the host's terminal is the host's business. Not SIG_IGN, which the plugin's own children would inherit.
    _signal.signal(_signal.SIGINT, lambda _number, _frame: None)
    if sys.stderr is not None:
        faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # Every line at once: what a crash would otherwise take with it is what explains the crash.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]


def _enter_environment(prefix: Optional[str], site_packages: Optional[str]) -> None:
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    if prefix:
        sys.prefix = sys.exec_prefix = prefix
        sys.executable = prefix + "/bin/python"
    if not site_packages:
        return
    try:
        has_path_files = any(name.endswith(".pth") for name in posix.listdir(site_packages))
    except OSError:
        has_path_files = False
    if has_path_files:
        import site

        site.addsitedir(site_packages)
    else:
        sys.path.append(site_packages)


def _run(path: str) -> None:
    try:
        module = _load(path)
        if not _the_host().is_over:
            _sole_plugin(module)().start_server()
    except _NotOnePlugin as error:
        _the_host().refuse_to_start({"code": "PLUGIN_IMPORT_FAILED", "message": str(error)})
    except BaseException as error:
        if _the_host().is_over:
            raise
        _the_host().refuse_to_start(_the_host().describe(error, "PLUGIN_IMPORT_FAILED"))


def _the_host() -> Union[Instance, Template]:
    """Asked anew each time: in a fork it is another than in its template."""
    assert _host.instance is not None
    return _host.instance


def _load(path: str) -> ModuleType:
    """Runs the file as `__main__`: what pickles, dataclasses and multiprocessing look for is found there."""
    module = type(sys)("__main__")
    module.__file__ = path
    module.__builtins__ = builtins  # type: ignore[attr-defined]
    module.__loader__ = type(sys.modules["__main__"].__loader__)("__main__", path)  # type: ignore[call-arg, misc]
    module.__dict__["__annotations__"] = {}
    module.__dict__["__cached__"] = None
    sys.modules["__main__"] = module
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, module.__dict__)
    return module


class _NotOnePlugin(Exception):
    pass


def _sole_plugin(module: ModuleType) -> type[PluginBase]:
    """The one class to serve when the file has not called `start_server` itself."""
    found = [
        value
        for value in module.__dict__.values()
        if isinstance(value, type) and issubclass(value, PluginBase) and value.__module__ == "__main__"
    ]
    found = [cls for cls in dict.fromkeys(found) if not any(cls in other.__mro__[1:] for other in found)]
    if len(found) == 1:
        return found[0]
    name = sys.argv[0].rpartition("/")[2] if sys.argv else "the plugin"
    if not found:
        raise _NotOnePlugin(
            "%s defines no class that derives from plugin_sdk.PluginBase, and does not call start_server()" % name
        )
    names = ", ".join(cls.__qualname__ for cls in found)
    raise _NotOnePlugin("%s defines several plugins (%s): call start_server() on the one to serve" % (name, names))


def _absolute(folder: str, entry_point: str) -> str:
    return entry_point if entry_point.startswith("/") else "%s/%s" % (folder.rstrip("/"), entry_point)
