"""The package that a plugin's file is part of, so that `from .helpers import double` works in it.

A script has no package: Python refuses such imports there. Plugins grow into packages all the same, and other hosts import them as
such. The package is made when it is first asked for; plugins that don't ask have none.
"""

from __future__ import annotations

import sys

from .._python_alone import PythonAlone

with PythonAlone():
    import os
    from importlib.machinery import ModuleSpec
    from importlib.util import find_spec, spec_from_file_location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


def own_package(plugin_folder: str, folders: list[str]) -> str:
    """Its name, which can be imported from then on. `folders`: where the siblings of the plugin's file are."""
    top, inner = split(os.path.realpath(plugin_folder), folders[0])
    name = os.path.basename(top)
    if not _is_importable(name, top):
        name = _free_name(name)
        sys.meta_path.append(_Finder(name, [top] if inner else folders))
    return ".".join([name, *inner])


def split(plugin_folder: str, folder: str) -> tuple[str, list[str]]:
    """The outermost package around `folder` within the plugin's folder, and the way from there."""
    top = folder
    inner: list[str] = []
    while os.path.realpath(top) != plugin_folder and is_package(top) and is_package(os.path.dirname(top)):
        inner.insert(0, os.path.basename(top))
        top = os.path.dirname(top)
    return top, inner


def is_package(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "__init__.py"))


def _is_importable(name: str, folder: str) -> bool:
    spec = find_spec(name) if name.isidentifier() else None
    places = None if spec is None else spec.submodule_search_locations
    return places is not None and os.path.realpath(folder) in [os.path.realpath(place) for place in places]


def _free_name(name: str) -> str:
    """That of the folder, unless something else is imported by it: a plugin for pandas may lie in `pandas`."""
    name = "".join(letter if letter.isalnum() else "_" for letter in name)
    name = name if name.isidentifier() else "_" + name
    while find_spec(name) is not None:
        name += "_"
    return name


class _Finder:
    """Finds that one package, and nothing that others would find."""

    def __init__(self, name: str, folders: list[str]) -> None:
        self._name = name
        self._folders = folders

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        if name != self._name:
            return None
        for folder in self._folders:
            if is_package(folder):
                file = os.path.join(folder, "__init__.py")
                return spec_from_file_location(name, file, submodule_search_locations=list(self._folders))
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = list(self._folders)
        return spec
