"""What of a plugin is run: its file, as `python plugin.py` would; a module, as `python -m`; or a class in a module."""

from __future__ import annotations

import builtins
import posix
import sys

from .._author.plugin import PluginBase
from .._python_alone import PythonAlone
from .kept_code import code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Optional, Union


def entry_point(options: dict[str, str]) -> Union[File, Module, ClassInModule]:
    folder = options["--folder"].rstrip("/")
    if "--module" not in options:
        return File(folder, options["--entry-point"])
    if "--class" not in options:
        return Module(folder, options["--module"])
    return ClassInModule(folder, options["--module"], options["--class"])


class File:
    def __init__(self, folder: str, name: str) -> None:
        self._folder = folder
        self._path = name if name.startswith("/") else "%s/%s" % (folder, name)
        # What follows the interpreter on a command line.
        self.arguments = [self._path]
        self.folders = folders_of(self._path)

    def plugin(self) -> Optional[type[PluginBase]]:
        """None if the file has served one itself."""
        return served(self.run(), self._path.rpartition("/")[2])

    def run(self) -> ModuleType:
        with open(self._path, "rb") as file:
            source = file.read()
        loader = type(sys.modules["__main__"].__loader__)
        module = _new_main(self._path)
        module.__loader__ = loader("__main__", self._path)  # type: ignore[call-arg, misc]
        module.__dict__["__cached__"] = None
        if b"from ." in source:
            from .own_package import own_package

            module.__package__ = own_package(self._folder, self.folders)
        exec(code_of(self._path, source), module.__dict__)
        return module


class Module:
    def __init__(self, folder: str, name: str) -> None:
        self._name = name
        self.arguments = ["-m", name]
        self.folders = [folder]

    def plugin(self) -> Optional[type[PluginBase]]:
        return served(self.run(), self._name)

    def run(self) -> ModuleType:
        with PythonAlone():
            from importlib.util import find_spec

        name, spec = self._name, find_spec(self._name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += ".__main__"
            spec = find_spec(name)
        code = None if spec is None or spec.loader is None else spec.loader.get_code(name)  # type: ignore[attr-defined]
        if spec is None or code is None:
            # the words of Python
            raise ModuleNotFoundError("No module named %r" % name, name=name)
        sys.argv[0] = spec.origin or self._name
        module = _new_main(spec.origin)
        module.__loader__ = spec.loader
        module.__spec__ = spec
        module.__package__ = spec.parent
        exec(code, module.__dict__)
        return module


class ClassInModule:
    def __init__(self, folder: str, name: str, attribute: str) -> None:
        self._name = name
        self._attribute = attribute
        self.arguments = ["-m", name]
        self.folders = [folder]

    def plugin(self) -> type[PluginBase]:
        _new_main(None)
        __import__(self._name)
        module = sys.modules[self._name]
        sys.argv[0] = module.__file__ or self._name
        return class_in(module, self._name, self._attribute)


def folders_of(path: str) -> list[str]:
    """Where its siblings are. Python looks beside what a link leads to; they may lie beside the link as well."""
    own = path.rpartition("/")[0]
    try:
        posix.readlink(path)
    except OSError:
        return [own]
    with PythonAlone():
        from os.path import realpath

    return list(dict.fromkeys([realpath(path).rpartition("/")[0], own]))


def class_in(module: ModuleType, name: str, attribute: str) -> type[PluginBase]:
    """`name`: what the registry or manifest calls the module."""
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise _miswritten({"message": "%s has no %s" % (name, attribute)})
        found = getattr(found, part)
    if not (isinstance(found, type) and issubclass(found, PluginBase)):
        what = "%s:%s" % (name, attribute)
        raise _miswritten({"message": "%s is no class that derives from plugin_sdk.PluginBase" % what})
    return found


def _new_main(path: Optional[str]) -> ModuleType:
    """Pickles, dataclasses and multiprocessing look for the plugin's classes in `__main__`."""
    module = type(sys)("__main__")
    if path is not None:
        module.__file__ = path
    module.__builtins__ = builtins  # type: ignore[attr-defined]
    module.__dict__["__annotations__"] = {}
    sys.modules["__main__"] = module
    return module


def served(module: ModuleType, name: str) -> Optional[type[PluginBase]]:
    """The class to serve, unless the module has served one itself. `name`: what people call the module."""
    from .._author import host

    # Asked anew: a fork has another one than its template.
    assert host.server is not None
    return None if host.server.is_over else _sole_plugin(module, name)


def _sole_plugin(module: ModuleType, name: str) -> type[PluginBase]:
    """The one class to serve when the code has not called `start_server` itself."""
    found = [
        value
        for value in module.__dict__.values()
        if isinstance(value, type) and issubclass(value, PluginBase) and value.__module__ == module.__name__
    ]
    found = [cls for cls in dict.fromkeys(found) if not any(cls in other.__mro__[1:] for other in found)]
    if len(found) == 1:
        return found[0]
    from .._author.mistakes import no_plugin, several_plugins

    raise _miswritten(several_plugins(found, name) if found else no_plugin(module.__dict__, PluginBase, name))


def _miswritten(mistake: dict[str, Any]) -> Exception:
    from .._author.mistakes import Miswritten

    return Miswritten([mistake])
