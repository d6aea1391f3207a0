"""A name space of modules for each plugin: two plugins with a `helpers.py` have a module each.

The modules of a plugin's own files stand in `sys.modules` below `bulkhead_plugins.<plugin>`, where pickles, dataclasses and hints
find them. Python looks for `__import__` among the builtins of the code that imports, so these modules have builtins of their own,
whose `__import__` looks among the plugin's files first. What is not there is shared: Python's own modules, and the packages
of the environment.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import os
import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)

from .._codec.plugin_names import ROOT, shown_module, shown_text
from .present import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any, Optional

# What a plugin's file never stands in the place of.
_NEVER_OWN = frozenset(("", *sys.builtin_module_names, "plugin_sdk", ROOT))
_import = builtins.__import__


class Space:
    def __init__(self, name: str, folder: str, folders: list[str]) -> None:
        """`name`: no other plugin has it. `folders`: where the siblings of the plugin's file are."""
        self.package = "%s.%s" % (ROOT, name)
        # The module that is run.
        self.main = self.package + ".__main__"
        # Packages that lie elsewhere than their name says.
        self.placed: dict[str, list[str]] = {}
        self._inside = os.path.realpath(folder) + "/"
        self._folders = folders
        self._known: dict[str, bool] = {}
        self.builtins: dict[str, Any] = {**vars(builtins), "__import__": self.import_name}
        _spaces[name] = self
        package = new_module(self.package, self)
        package.__path__ = list(folders)
        setattr(_root(), name, package)

    def close(self) -> None:
        """Forgets its modules. What still runs of their code goes on."""
        name = self.package.rpartition(".")[2]
        _spaces.pop(name, None)
        for module in [each for each in sys.modules if each == self.package or each.startswith(self.package + ".")]:
            del sys.modules[module]
        vars(_root()).pop(name, None)

    @property
    def path(self) -> list[str]:
        """With what its code has put on `sys.path` of its own files."""
        return [*self._folders, *(each for each in sys.path if self.holds(each) and each not in self._folders)]

    def holds(self, path: str) -> bool:
        return os.path.realpath(path).startswith(self._inside)

    def owns(self, top: str) -> bool:
        """Whether the module or package of that name is among the plugin's files. Empty: of a name that is relative."""
        known = self._known.get(top)
        if known is None:
            known = top not in _NEVER_OWN and self._finds(top)
            if known or top in sys.modules:
                self._known[top] = known
        return known

    def full_name(self, name: str) -> str:
        return "%s.%s" % (self.package, name) if self.owns(name.partition(".")[0]) else name

    def import_name(
        self,
        name: str,
        globals: Optional[dict[str, Any]] = None,
        locals: Optional[dict[str, Any]] = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        """As Python's own `__import__`."""
        if name == "__main__" and level == 0:
            return sys.modules[self.main]
        top = name.partition(".")[0]
        try:
            if level or not self.owns(top):
                return _import(name, globals, locals, fromlist or (), level)
            full = "%s.%s" % (self.package, name)
            found = _import(full, globals, locals, fromlist or (), 0)
            return found if fromlist else sys.modules["%s.%s" % (self.package, top)]
        except ImportError as error:
            _show_own_names(error)
            raise

    def _finds(self, top: str) -> bool:
        spec = find_own(self, top)
        if spec is None:
            return False
        # Of a folder without __init__.py Python looks for something better along the whole path.
        return spec.loader is not None or top in self.placed or importlib.util.find_spec(top) is None


# By the name that each has below ROOT.
_spaces: dict[str, Space] = {}


def install() -> None:
    """Called once, before any plugin runs."""
    place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path[place : place + 1] = [_SharedPathFinder]
    sys.meta_path.insert(0, _OwnFinder())
    _SharedPathFinder.shared = frozenset(sys.path)
    importlib.import_module = _import_module
    importlib.util.find_spec = _find_spec


def new_module(name: str, space: Space) -> ModuleType:
    module = type(sys)(name)
    module.__dict__["__builtins__"] = space.builtins
    sys.modules[name] = module
    return module


def space_of(frame: Any) -> Optional[Space]:
    """Of the plugin whose code that is."""
    owner = getattr(frame.f_builtins.get("__import__"), "__self__", None)
    return owner if isinstance(owner, Space) else None


def _root() -> ModuleType:
    root = sys.modules.get(ROOT)
    if root is None:
        root = sys.modules[ROOT] = type(sys)(ROOT)
        root.__path__ = []
    return root


def find_own(space: Space, top: str) -> Optional[ModuleSpec]:
    name = "%s.%s" % (space.package, top)
    if top in space.placed:
        return _package_spec(name, space.placed[top])
    return _spec_along(name, space.path)


class _OwnFinder:
    """Finds the modules of plugins, which all stand below ROOT."""

    def find_spec(self, name: str, path: Any = None, _target: Any = None) -> Optional[ModuleSpec]:
        if not name.startswith(ROOT + "."):
            return None
        _, plugin, *below = name.split(".")
        space = _spaces.get(plugin)
        if space is None or not below:
            return None
        return find_own(space, below[0]) if len(below) == 1 else _spec_along(name, path or ())


class _SharedPathFinder(PathFinder):
    """For all others: the path without what plugins have put on it of their own files."""

    shared: frozenset[str] = frozenset()

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        if path is None:
            path = [each for each in sys.path if each in cls.shared or not _is_of_a_plugin(each)]
        return super().find_spec(name, path, target)


def _is_of_a_plugin(path: str) -> bool:
    return any(space.holds(path) for space in list(_spaces.values()))


def _spec_along(name: str, path: Sequence[str]) -> Optional[ModuleSpec]:
    portions: list[str] = []
    for entry in path:
        spec = FileFinder(entry, *_LOADERS).find_spec(name)
        if spec is not None and spec.loader is not None:
            return spec
        portions += (spec and spec.submodule_search_locations) or []
    return _namespace(name, portions) if portions else None


def _package_spec(name: str, folders: list[str]) -> ModuleSpec:
    for folder in folders:
        file = os.path.join(folder, "__init__.py")
        if os.path.isfile(file):
            spec = importlib.util.spec_from_file_location(
                name, file, loader=_OwnSource(name, file), submodule_search_locations=list(folders)
            )
            assert spec is not None
            return spec
    return _namespace(name, folders)


def _namespace(name: str, folders: list[str]) -> ModuleSpec:
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = list(folders)
    return spec


def _give_builtins(module: ModuleType) -> None:
    space = _spaces.get(module.__name__.split(".")[1])
    if space is not None:
        module.__dict__["__builtins__"] = space.builtins


class _OwnSource(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        _give_builtins(module)
        super().exec_module(module)


class _OwnBytecode(SourcelessFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        _give_builtins(module)
        super().exec_module(module)


_LOADERS: Any = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (_OwnSource, SOURCE_SUFFIXES),
    (_OwnBytecode, BYTECODE_SUFFIXES),
)


def _import_module(name: str, package: Optional[str] = None) -> Any:
    """As `importlib.import_module`, for the space of the code that calls it."""
    space = space_of(sys._getframe(1))
    if space is None:
        try:
            return _python_import_module(name, package)
        except ModuleNotFoundError:
            # A library was given the name by the plugin, and finds it nowhere else.
            member = present()
            space = None if member is None else member.space
            if space is None or not space.owns(name.partition(".")[0]):
                raise
    if name == "__main__":
        return sys.modules[space.main]
    try:
        return _python_import_module(space.full_name(name), package and space.full_name(package))
    except ImportError as error:
        _show_own_names(error)
        raise


def _find_spec(name: str, package: Optional[str] = None) -> Any:
    space = space_of(sys._getframe(1))
    if space is None:
        return _python_find_spec(name, package)
    return _python_find_spec(space.full_name(name), package and space.full_name(package))


_python_import_module = importlib.import_module
_python_find_spec = importlib.util.find_spec


def _show_own_names(error: ImportError) -> None:
    """Python's words, with the names that the author knows."""
    if error.name is not None and error.name.startswith(ROOT + "."):
        error.name = shown_module(error.name)
        error.msg = shown_text(error.msg)
        error.args = (error.msg,)
