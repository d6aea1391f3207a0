"""What a fork shares with its template: objects, open files and exit handlers that the plugin's import has made.

They end once, with the template. A fork runs only the handlers that it has registered itself, and finalises only its own
objects; `multiprocessing` does the same with its forks.
"""

from __future__ import annotations

import gc
import sys

from .open_files import flush_files, flush_native_streams, open_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


class Inherited:
    """Empty in a process that was not forked from a template."""

    def __init__(self, plugin: Optional[object] = None) -> None:
        self.plugin = plugin
        # Those that something happens to at their end. While they are held here, it does not happen in a fork.
        self.objects: list[Any] = []
        # How many objects the collector does not look at.
        self.frozen = 0
        self._ids: set[int] = set()
        self._namespaces: dict[int, dict[str, object]] = {}

    def gather(self) -> None:
        """Called in a template. Flushes what was written, or each fork would write it again."""
        gc.collect()
        objects = gc.get_objects()
        classes = {cls for cls in {type(each) for each in objects} if finalizer_of(cls) is not None}
        self.objects = [each for each in objects if type(each) in classes]
        self._ids = {id(each) for each in self.objects}
        for namespace in namespaces_of(self.plugin):
            self._namespaces[id(namespace)] = dict(namespace)
        _flush_log_handlers()
        flush_files(open_files())
        flush_native_streams()
        # Without this a collection in a fork would write to every page with an object, and thereby copy it.
        gc.freeze()
        self.frozen = gc.get_freeze_count()

    def has(self, value: object) -> bool:
        return id(value) in self._ids

    def is_in(self, namespace: dict[str, object], name: str, value: object) -> bool:
        """Whether it stood there at the fork."""
        known = self._namespaces.get(id(namespace), {})
        return name in known and known[name] is value

    def disown_handlers(self) -> None:
        """Called in a fork: the exit handlers of the import run in the template. Those of the standard library serve the fork too."""
        import atexit

        atexit._clear()
        logging: Any = sys.modules.get("logging")
        if logging is not None:
            atexit.register(logging.shutdown)
        util: Any = sys.modules.get("multiprocessing.util")
        if util is not None:
            util._finalizer_registry.clear()
            atexit.register(util._exit_function)
        processes: Any = sys.modules.get("multiprocessing.process")
        if processes is not None:
            processes._children.clear()
        weakref: Any = sys.modules.get("weakref")
        if weakref is not None:
            _disown_finalizers(weakref)


def namespaces_of(plugin: object) -> list[dict[str, object]]:
    """What holds most of a plugin's objects: itself, and its module."""
    names = dict.fromkeys(("__main__", type(plugin).__module__))
    modules = [sys.modules[name].__dict__ for name in names if name in sys.modules]
    return [getattr(plugin, "__dict__", {}), *modules]


def finalizer_of(cls: type) -> Any:
    """Its `__del__`, or None. Looked up without asking the class, whose author may have something else in mind."""
    return next((base.__dict__["__del__"] for base in cls.__mro__ if "__del__" in base.__dict__), None)


def _disown_finalizers(weakref: Any) -> None:
    """Neither the end of the process nor that of their object runs them; code that calls them does."""
    finalize = weakref.finalize
    finalize._registered_with_atexit = False
    for info in finalize._registry.values():
        info.atexit = False
        value = info.weakref()
        if value is not None:
            info.weakref = weakref.ref(value)


def _flush_log_handlers() -> None:
    logging: Any = sys.modules.get("logging")
    for reference in () if logging is None else logging._handlerList:
        handler = reference()
        if handler is not None:
            try:
                handler.flush()
            except Exception:
                pass  # as `logging` does at its end
