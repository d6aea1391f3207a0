"""The byte code of this package in one file: a start reads one bundle in less time than it opens forty `.pyc` files.

`bootstrap.py` executes a bundle only if this user or root owns it, nobody else can write it, and its hash is right: the
hash covers the content and Python's magic number, so that neither a torn file nor one of another Python passes. The path
carries a hash of the sources. The first start writes the bundle. Where it can't, Python imports the modules from
their sources and `.pyc` files, as always. Code objects carry the paths of the sources, and tracebacks show their lines.

This protects from accidents and other users. A plugin runs as the user of its host, and only an isolation that keeps it
out of the state folder keeps it out of this file.

Format: eight bytes of hash, then by `marshal` a dict from the path of each source to its code, again by `marshal`.
"""

from __future__ import annotations

import _imp
import marshal
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Optional

_FILE_KINDS, _DIRECTORY = 0o170000, 0o040000
# What no plugin imports where it is served costs its start nothing.
_LEFT_OUT = ("__pycache__", "testing")
# A bundle this old belongs to an earlier SDK or Python. A host that still needs it writes it anew.
_KEPT_SECONDS = 30 * 24 * 3600


class BundleFinder:
    """Finds and loads the modules of this package, and no others."""

    def __init__(self, package: str, modules: dict[str, bytes]) -> None:
        self._root = package.rpartition("/")[0] + "/"
        self._modules = modules
        # The class of every module's spec, without an import that costs time.
        self._new_spec: type[ModuleSpec] = type(sys.__spec__)

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> Optional[ModuleSpec]:
        if not name.startswith("plugin_sdk"):
            return None
        file = self._root + name.replace(".", "/")
        if file + ".py" in self._modules:
            return self._new_spec(name, self, origin=file + ".py")  # type: ignore[arg-type]
        if file + "/__init__.py" not in self._modules:
            return None
        spec = self._new_spec(name, self, origin=file + "/__init__.py", is_package=True)  # type: ignore[arg-type]
        spec.submodule_search_locations = [file]
        return spec

    def create_module(self, _spec: ModuleSpec) -> None:
        """The usual kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        file = module.__file__ = str(module.__spec__.origin)  # type: ignore[union-attr]
        # Taken out: a module is executed once, and its code takes memory. A reload reads the source.
        exec(marshal.loads(self._modules.pop(file)), module.__dict__)


def install(package: str, file: str, magic: int, modules: Optional[dict[str, bytes]]) -> None:
    """`modules` is what the bundle in `file` holds, None if there is none to trust."""
    if modules is None:
        modules = _write_new(package, file, magic)
    if modules is not None:
        sys.meta_path.insert(0, BundleFinder(package, modules))


def _write_new(package: str, file: str, magic: int) -> Optional[dict[str, bytes]]:
    """None where it can't be written: compiling all modules at each start costs more than a bundle saves."""
    unfinished = "%s.%d" % (file, posix.getpid())
    try:
        fd = posix.open(unfinished, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        modules = _compiled(package)
        payload = marshal.dumps(modules)
        data = memoryview(_imp.source_hash(magic, payload) + payload)
        while data:
            data = data[posix.write(fd, data) :]
        posix.rename(unfinished, file)
    except Exception:
        posix.unlink(unfinished)
        return None
    finally:
        posix.close(fd)
    _remove_old(file.rpartition("/")[0])
    return modules


def _compiled(folder: str) -> dict[str, bytes]:
    modules: dict[str, bytes] = {}
    for name in posix.listdir(folder):
        path = "%s/%s" % (folder, name)
        if name.endswith(".py") and name != "bootstrap.py":
            with open(path, "rb") as file:
                modules[path] = marshal.dumps(compile(file.read(), path, "exec", dont_inherit=True, optimize=0))
        elif name not in _LEFT_OUT and "." not in name and posix.stat(path).st_mode & _FILE_KINDS == _DIRECTORY:
            modules.update(_compiled(path))
    return modules


def _remove_old(folder: str) -> None:
    from time import time

    for name in posix.listdir(folder):
        path = "%s/%s" % (folder, name)
        try:
            if ".bundle" in name and time() - posix.stat(path).st_mtime > _KEPT_SECONDS:
                posix.unlink(path)
        except OSError:
            continue  # another start has removed it
