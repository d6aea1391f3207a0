"""The files that a plugin in name spaces of its own sees: a root in memory, on which only what is permitted is mounted."""

from __future__ import annotations

import posix

from .kernel import IS_ARM, GateError, attempt, call, u64
from .numbers import MOUNT, MOUNT_SETATTR, MOVE_MOUNT, OPEN_TREE, PIVOT_ROOT, UMOUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Optional

_READ_ONLY, _NO_SET_ID, _NO_DEVICES, _NO_PROGRAMS = 1, 2, 4, 8
_RECURSIVELY, _PRIVATELY = 0x4000, 1 << 18
_AT_CWD, _AT_RECURSIVE, _CLONE, _EMPTY_PATH = -100, 0x8000, 1, 4
_DETACHED = 2
_MOUNT_ATTRIBUTES_BYTES = 32
_FILE_KINDS, _DIRECTORY, _LINK = 0o170000, 0o040000, 0o120000
# Folders and mount points, no content.
_ROOT_OPTIONS = "mode=0755,size=4m,nr_inodes=4096"
_SHARED_MEMORY_OPTIONS = "mode=1777,size=64m"


class View:
    """Is filled while the machine's files can still be seen, and then takes their place."""

    def __init__(self, scratch: str, shown_as: Iterable[str], size: Optional[int]) -> None:
        """`scratch`: a folder for temporary files, by the paths `shown_as`; with a `size`, in bytes, memory takes its place."""
        # It is hidden by what is made on it, and comes back as a part of that.
        self._base = scratch
        # What is shown, by its path: whether it can be written.
        self._shown: dict[str, bool] = {}
        _mount("none", "/", "none", _RECURSIVELY | _PRIVATELY)
        if size is not None:
            _mount("tmpfs", scratch, "tmpfs", _NO_SET_ID | _NO_DEVICES, "mode=0700,size=%d" % size)
        self._scratch = [(path, _clone(scratch)) for path in shown_as]
        _mount("tmpfs", self._base, "tmpfs", _NO_SET_ID | _NO_DEVICES, _ROOT_OPTIONS)

    def show(self, readable: Iterable[str], writable: Iterable[str]) -> None:
        """What is not there is not shown."""
        wanted = dict.fromkeys(readable, False)
        wanted.update(dict.fromkeys(writable, True))
        # Folders before what lies in them.
        for path in sorted(wanted, key=lambda each: (each.count("/") if each != "/" else 0, each)):
            self._show(path, wanted[path])

    def add_scratch(self) -> None:
        for path, tree in self._scratch:
            at = self._make_folder(path)
            _attach(tree, at)
            _restrict(at, _NO_SET_ID | _NO_DEVICES)

    def add_devices(self, devices: Iterable[str]) -> None:
        for device in devices:
            tree = attempt(OPEN_TREE[IS_ARM], _AT_CWD, _text(device), _CLONE | posix.O_CLOEXEC)[0]
            if tree >= 0:
                _attach(tree, self._make_file(device))
                _restrict(self._base + device, _NO_SET_ID | _NO_PROGRAMS)
        at = self._make_folder("/dev/shm")
        _mount("tmpfs", at, "tmpfs", _NO_SET_ID | _NO_DEVICES | _NO_PROGRAMS, _SHARED_MEMORY_OPTIONS)
        for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
            try:
                posix.symlink("/proc/self/fd" + target, "%s/dev/%s" % (self._base, name))
            except FileExistsError:
                pass

    def add_processes(self) -> None:
        """Those of its name space. A container that hides parts of /proc lets nobody mount another: Landlock guards that one."""
        at = self._make_folder("/proc")
        given = [_text(each) for each in ("proc", at, "proc")]
        flags = _NO_SET_ID | _NO_DEVICES | _NO_PROGRAMS
        if attempt(MOUNT[IS_ARM], *given, flags, b"\0")[0] == -1:
            _attach(_clone("/proc"), at)
            _restrict(at, _READ_ONLY | flags)

    def enter(self) -> None:
        """From here on nothing else can be seen, and nothing can be mounted."""
        before = posix.getcwd()
        posix.chdir(self._base)
        call("pivot_root", PIVOT_ROOT[IS_ARM], _text("."), _text("."))
        call("umount2", UMOUNT[IS_ARM], _text("."), _DETACHED)
        _restrict("/", _READ_ONLY | _NO_SET_ID | _NO_DEVICES, 0)
        try:
            posix.chdir(before)
        except OSError:
            posix.chdir("/")

    def _show(self, path: str, is_writable: bool) -> None:
        try:
            kind = posix.lstat(path).st_mode & _FILE_KINDS
        except OSError:
            return
        above = self._nearest(path)
        if above is not None and self._shown[above] == is_writable:
            return
        if kind == _LINK and path.count("/") == 1:
            posix.symlink(posix.readlink(path), self._base + path)  # such as /lib, which leads to usr/lib
            return
        tree = attempt(OPEN_TREE[IS_ARM], _AT_CWD, _text(path), _CLONE | _AT_RECURSIVE | posix.O_CLOEXEC)[0]
        if tree < 0:
            return
        is_folder = posix.fstat(tree).st_mode & _FILE_KINDS == _DIRECTORY
        at = self._make_folder(path) if is_folder else self._make_file(path)
        _attach(tree, at)
        _restrict(at, _NO_SET_ID | _NO_DEVICES | (0 if is_writable else _READ_ONLY))
        self._shown[path] = is_writable

    def _nearest(self, path: str) -> Optional[str]:
        while path not in ("", "/"):
            if path in self._shown:
                return path
            path = path.rpartition("/")[0]
        return "/" if "/" in self._shown else None

    def _make_folder(self, path: str) -> str:
        """Returns where it is to be mounted now."""
        at = self._base
        for name in path.split("/"):
            if name:
                at += "/" + name
                try:
                    posix.mkdir(at, 0o755)
                except FileExistsError:
                    continue
                except OSError as error:
                    if not _exists(at):  # a folder that can't be written to may have it
                        raise GateError("%s can't be shown to it: %s" % (path, error)) from None
        return at

    def _make_file(self, path: str) -> str:
        self._make_folder(path.rpartition("/")[0])
        at = self._base + path
        if not _exists(at):
            posix.close(posix.open(at, posix.O_CREAT | posix.O_WRONLY | posix.O_CLOEXEC, 0o600))
        return at


def _exists(path: str) -> bool:
    try:
        posix.lstat(path)
    except OSError:
        return False
    return True


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape") + b"\0"


def _mount(source: str, at: str, kind: str, flags: int, options: str = "") -> None:
    given = [_text(each) for each in (source, at, kind)]
    call("mounting %s" % at, MOUNT[IS_ARM], *given, flags, _text(options))


def _clone(path: str) -> int:
    flags = _CLONE | _AT_RECURSIVE | posix.O_CLOEXEC
    return call("open_tree(%s)" % path, OPEN_TREE[IS_ARM], _AT_CWD, _text(path), flags)


def _attach(tree: int, at: str) -> None:
    call("mounting %s" % at, MOVE_MOUNT[IS_ARM], tree, _text(""), _AT_CWD, _text(at), _EMPTY_PATH)
    posix.close(tree)


def _restrict(at: str, flags: int, depth: int = _AT_RECURSIVE) -> None:
    attributes = u64(flags) + bytes(_MOUNT_ATTRIBUTES_BYTES - 8)  # struct mount_attr
    call("mount_setattr(%s)" % at, MOUNT_SETATTR[IS_ARM], _AT_CWD, _text(at), depth, attributes, len(attributes))
