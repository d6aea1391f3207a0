"""Finalises objects where Python's own finalisation can't.

That would finalise what a fork shares with its template as well, and it aborts if a thread is in the middle of writing.
"""

from __future__ import annotations

import gc
import sys

from .._author.plugin import PluginBase
from .._wire.end import flush_standard_streams
from .inherited import finalizer_of, namespaces_of
from .open_files import flush_files, flush_native_streams, is_file, is_plain, open_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .inherited import Inherited

_Function = type(lambda: None)
# What finalisers may still need of their module.
_CODE = (type, type(sys), _Function)


def finalize_objects(inherited: Inherited) -> None:
    """First all that was written, then what the plugin holds, then what others hold."""
    if gc.get_freeze_count() > inherited.frozen:
        gc.unfreeze()  # the plugin has hidden objects of its own as well
    # Held until the rest is finalised: of objects in a circle the collector may close a file before the archive over it.
    files = open_files(inherited.objects)
    flush_files(files)
    for plugin in _plugins(inherited):
        _attempt(getattr(plugin, "__del__", _nothing))
        for namespace in namespaces_of(plugin):
            _let_go(namespace, inherited)
    gc.collect()
    for each in gc.get_objects():
        if _has_finalizer(each) and not inherited.has(each):
            _attempt(each.__del__)
    files = open_files(inherited.objects)
    flush_files(files)
    for file in files:
        if not is_plain(file) and not inherited.has(file):
            _attempt(file.close)
    for file in files:
        if not file.closed:
            _attempt(file.flush)
    flush_standard_streams()
    flush_native_streams()


def _plugins(inherited: Inherited) -> list[Any]:
    if inherited.plugin is not None:
        return [inherited.plugin]
    return [each for each in gc.get_objects() if issubclass(type(each), PluginBase)]


def _let_go(namespace: dict[str, object], inherited: Inherited) -> None:
    for name, value in list(namespace.items()):
        if not name.startswith("__") and not inherited.is_in(namespace, name, value):
            if not issubclass(type(value), _CODE):
                del namespace[name]


def _has_finalizer(value: object) -> bool:
    """Whether its class has one in Python. Others serve the interpreter, and files come later."""
    cls = type(value)
    return type(finalizer_of(cls)) is _Function and not is_file(value) and not issubclass(cls, PluginBase)


def _attempt(step: Callable[[], object]) -> None:
    try:
        step()
    except BaseException:
        sys.excepthook(*sys.exc_info())


def _nothing() -> None: ...
