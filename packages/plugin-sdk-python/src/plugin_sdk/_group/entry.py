"""What of a plugin is run, in its own space of modules: as _process/entry_point.py does it for a whole process."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys

from .._author.plugin import PluginBase
from .._process.entry_point import class_in, folders_of, served
from .._process.own_package import is_package, split
from .spaces import Space, new_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any, Optional, Union

_MAIN = "__main__"


def entry_in_space(options: dict[str, str], name: str) -> Union[FileInSpace, ModuleInSpace]:
    """`name`: that of the space."""
    folder = options["--folder"].rstrip("/")
    if "--module" in options:
        space = Space(name, folder, [folder])
        return ModuleInSpace(space, options["--module"], options.get("--class"))
    file = options["--entry-point"]
    path = file if file.startswith("/") else "%s/%s" % (folder, file)
    folders = folders_of(path)
    return FileInSpace(Space(name, folder, folders), folder, path, folders)


class FileInSpace:
    def __init__(self, space: Space, folder: str, path: str, folders: list[str]) -> None:
        self.space = space
        self._folder = folder
        self._path = path
        self._folders = folders

    def plugin(self) -> Optional[type[PluginBase]]:
        """None if the file has served one itself."""
        with open(self._path, "rb") as file:
            source = file.read()
        module = _new_main(self.space, self._path)
        module.__loader__ = type(sys.modules["ast"].__loader__)(_MAIN, self._path)  # type: ignore[call-arg, misc]
        module.__package__ = self._package() if b"from ." in source else ""
        exec(as_main(source, self._path), module.__dict__)
        return served(module, self._path.rpartition("/")[2])

    def _package(self) -> str:
        """For `from .helpers import double`: the folder is a package, the outermost one around it as well."""
        top, inner = split(os.path.realpath(self._folder), self._folders[0])
        if not inner and not is_package(top):
            return self.space.package
        name = "".join(letter if letter.isalnum() else "_" for letter in os.path.basename(top))
        self.space.placed[name] = [top] if inner else self._folders
        package = ".".join([name, *inner])
        self.space.import_name(package)
        return self.space.full_name(package)


class ModuleInSpace:
    def __init__(self, space: Space, name: str, attribute: Optional[str]) -> None:
        """`attribute`: of the class; None: the module is run, as `python -m` does."""
        self.space = space
        self._name = name
        self._attribute = attribute

    def plugin(self) -> Optional[type[PluginBase]]:
        if self._attribute is None:
            return served(self._run(), self._name)
        _new_main(self.space, None)
        self.space.import_name(self._name)
        return class_in(sys.modules[self.space.full_name(self._name)], self._name, self._attribute)

    def _run(self) -> ModuleType:
        name = self.space.full_name(self._name)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += ".__main__"
            spec = importlib.util.find_spec(name)
        loader: Any = None if spec is None else spec.loader
        code = None if loader is None else _main_code(loader, name, str(spec and spec.origin))
        if spec is None or code is None:
            raise ModuleNotFoundError("No module named %r" % self._name, name=self._name)
        module = _new_main(self.space, spec.origin)
        module.__loader__ = loader
        module.__package__ = spec.parent
        exec(code, module.__dict__)
        return module


def as_main(source: bytes, path: str) -> CodeType:
    """The code of a file whose `__name__ == "__main__"` holds, although its name is that of its space."""
    if b"__main__" not in source:
        return compile(source, path, "exec", dont_inherit=True)
    return compile(_Guard().visit(ast.parse(source, path)), path, "exec", dont_inherit=True)


def _main_code(loader: Any, name: str, path: str) -> Optional[CodeType]:
    source = loader.get_source(name) if hasattr(loader, "get_source") else None
    code: Optional[CodeType] = loader.get_code(name) if source is None else as_main(source.encode(), path)
    return code


class _Guard(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        names = [side.id for side in sides if isinstance(side, ast.Name)]
        texts = [side.value for side in sides if isinstance(side, ast.Constant)]
        if names != ["__name__"] or texts != [_MAIN] or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            return node
        return ast.copy_location(ast.Constant(isinstance(node.ops[0], ast.Eq)), node)


def _new_main(space: Space, path: Optional[str]) -> ModuleType:
    module = new_module(space.main, space)
    if path is not None:
        module.__file__ = path
    module.__dict__["__annotations__"] = {}
    module.__dict__["__cached__"] = None
    return module
