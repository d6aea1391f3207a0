"""Imports modules of Python's own, also where the plugin has files of the same names: `with PythonAlone(): import select`.

The folder of the plugin comes first on the path. A module that only this SDK needs must not be looked for there.
"""

from __future__ import annotations

import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Optional

# Where Python's own modules lie. Empty in a process that the host did not start: there, Python's own rules hold.
own_folders: list[str] = []


def remember_own_folders() -> None:
    """Call it before the folders of the environment and of the plugin are on the path."""
    prefixes = (sys.base_prefix + "/", sys.base_exec_prefix + "/")
    own_folders[:] = [folder for folder in sys.path if folder.startswith(prefixes)]


def own_spec(name: str) -> Optional[ModuleSpec]:
    finder = sys.modules["_frozen_importlib_external"].PathFinder
    spec: Optional[ModuleSpec] = finder.find_spec(name, own_folders)
    return spec


class PythonAlone:
    """A finder for this thread alone, in front of the one that searches the path."""

    def __enter__(self) -> None:
        self._thread = get_ident()
        if own_folders:
            finder = sys.modules["_frozen_importlib_external"].PathFinder
            place = sys.meta_path.index(finder) if finder in sys.meta_path else len(sys.meta_path)
            sys.meta_path.insert(place, self)

    def __exit__(self, *_: object) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: object = None, _target: object = None) -> Optional[ModuleSpec]:
        return own_spec(name) if path is None and get_ident() == self._thread else None
