"""The byte code of this package in one file: a start reads forty modules from it in less time than it finds and opens their `.pyc` files.

`bootstrap.py` executes what a bundle holds only if this user or root owns it, nobody else can write it, and its hash is right: the
hash covers the content and Python's magic number, so that neither a torn file nor one of another Python passes. The path
carries a hash of the sources. The first start writes the bundle. Where it can't, Python imports the modules from
their sources and `.pyc` files, as always. Code objects carry the paths of the sources, and tracebacks show their lines.

This protects from accidents and other users. A plugin runs as the user of its host, and only an isolation that keeps it
out of the state folder keeps it out of this file.

Format: eight bytes of hash over what follows up to the modules; eight of its length, the lowest first; by `marshal` the code of this
module, and the place, size and hash of each module by its path in the package; then the modules, each by `marshal`.
"""

from __future__ import annotations

import _imp
import marshal
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Optional

    # Of each module, by its path: where it begins, its size, its hash.
    Index = dict[str, tuple[int, int, bytes]]

_FILE_KINDS, _DIRECTORY = 0o170000, 0o040000
# What no plugin imports where it is served costs its start nothing.
_LEFT_OUT = ("__pycache__", "testing")
# A bundle has about one million.
_MOST_BYTES = 16 << 20
# A bundle this old belongs to an earlier SDK or Python. A host that still needs it writes it anew.
_KEPT_SECONDS = 30 * 24 * 3600


class Bundle:
    """A file of byte code, and the package that it belongs to."""

    def __init__(self, package: str, file: str, magic: int, begin: int = 0) -> None:
        """`begin`: where its modules do."""
        self.package = package
        self._file = file
        self._magic = magic
        self._begin = begin
        self._held: Optional[bytes] = None

    def hold(self) -> None:
        """Reads all of it now: the gates of a sandbox will close it."""
        try:
            self._held = self._read(_MOST_BYTES, 0)
        except OSError:
            pass  # it is gone by now

    def code(self, path: str, place: tuple[int, int, bytes]) -> CodeType:
        """Of a module; from its source if the bundle is gone by now, or damaged."""
        begin, size, expected = place
        try:
            begin += self._begin
            data = self._read(size, begin) if self._held is None else self._held[begin : begin + size]
            if _imp.source_hash(self._magic, data) == expected:
                code: CodeType = marshal.loads(data)
                return code
            posix.unlink(self._file)  # the next start writes it anew
        except OSError:
            pass
        return _compiled(self.package + path)

    def _read(self, size: int, begin: int) -> bytes:
        fd = posix.open(self._file, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC)
        try:
            return posix.pread(fd, size, begin)
        finally:
            posix.close(fd)

    def write(self) -> Optional[Index]:
        """None where it can't be written: compiling all modules at each start costs more than a bundle saves."""
        unfinished = "%s.%d" % (self._file, posix.getpid())
        try:
            fd = posix.open(unfinished, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o600)
        except OSError:
            return None
        try:
            index: Index = {}
            modules = b""
            for path in _sources(self.package):
                code = marshal.dumps(_compiled(self.package + path))
                index[path] = len(modules), len(code), _imp.source_hash(self._magic, code)
                modules += code
            own = marshal.dumps((_compiled(self.package + "/_bytecode.py"), index))
            start = len(own).to_bytes(8, "little") + own
            self._begin = 8 + len(start)
            data = memoryview(_imp.source_hash(self._magic, start) + start + modules)
            while data:
                data = data[posix.write(fd, data) :]
            posix.rename(unfinished, self._file)
        except Exception:
            posix.unlink(unfinished)
            return None
        finally:
            posix.close(fd)
        _remove_old(self._file.rpartition("/")[0])
        return index


class BundleFinder:
    """Finds and loads the modules of this package, and no others."""

    def __init__(self, bundle: Bundle, index: Index) -> None:
        self._bundle = bundle
        self._index = index
        # The class of every module's spec, without an import that costs time.
        self._new_spec: type[ModuleSpec] = type(sys.__spec__)

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> Optional[ModuleSpec]:
        if not name.startswith("plugin_sdk"):
            return None
        path = name[len("plugin_sdk") :].replace(".", "/")
        folder = self._bundle.package + path
        if path + ".py" in self._index:
            return self._new_spec(name, self, origin=folder + ".py")  # type: ignore[arg-type]
        if path + "/__init__.py" not in self._index:
            return None
        spec = self._new_spec(name, self, origin=folder + "/__init__.py", is_package=True)  # type: ignore[arg-type]
        spec.submodule_search_locations = [folder]
        return spec

    def create_module(self, _spec: ModuleSpec) -> None:
        """The usual kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        file = module.__file__ = str(module.__spec__.origin)  # type: ignore[union-attr]
        path = file[len(self._bundle.package) :]
        # Taken out: a module is executed once. A reload reads the source.
        exec(self._bundle.code(path, self._index.pop(path)), module.__dict__)


def install(bundle: Bundle, index: Optional[Index], is_held: bool = False) -> None:
    """`index`: None if there is no bundle to trust. `is_held`: it can't be read later."""
    if index is None:
        index = bundle.write()
    if index is not None:
        if is_held:
            bundle.hold()
        sys.meta_path.insert(0, BundleFinder(bundle, index))


def _sources(package: str, folder: str = "") -> list[str]:
    """By their paths in the package: `/_wire/data.py`."""
    found: list[str] = []
    for name in posix.listdir(package + folder):
        path = "%s/%s" % (folder, name)
        if name.endswith(".py") and name != "bootstrap.py":
            found.append(path)
        elif name not in _LEFT_OUT and "." not in name and _is_folder(package + path):
            found += _sources(package, path)
    return found


def _is_folder(path: str) -> bool:
    return posix.stat(path).st_mode & _FILE_KINDS == _DIRECTORY


def _compiled(path: str) -> CodeType:
    with open(path, "rb") as file:
        code: CodeType = compile(file.read(), path, "exec", dont_inherit=True, optimize=0)
        return code


def _remove_old(folder: str) -> None:
    from time import time

    for name in posix.listdir(folder):
        path = "%s/%s" % (folder, name)
        try:
            if ".bundle" in name and time() - posix.stat(path).st_mtime > _KEPT_SECONDS:
                posix.unlink(path)
        except OSError:
            continue  # another start has removed it
