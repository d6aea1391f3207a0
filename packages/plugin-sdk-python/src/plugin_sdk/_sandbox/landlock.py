"""Which files can be opened, which TCP ports reached, and which processes signalled: landlock(7).

The kernel grows it by versions ("ABI"). What an older one does not know is left to filter.py.
"""

from __future__ import annotations

import posix

from .kernel import GateError, attempt, call, u32, u64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ONLY_TELL_VERSION = 1
_RULE_PATH_BENEATH = 1
_OPEN_PATH = 0x200000  # O_PATH, which Python does not offer on every build
_FILE_KINDS, _DIRECTORY = 0o170000, 0o040000

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
_MAKE_CHAR_DEVICE, _MAKE_BLOCK_DEVICE = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
# What can be allowed for something that is no folder.
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEVICE
# The first kind of access that each version does not know, as a bit: the last one holds for all that follow.
_FIRST_UNKNOWN = (13, 14, 15, 15, 16)
_BIND_TCP_AND_CONNECT_TCP = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3

SCOPES_SIGNALS = 6
GOVERNS_TRUNCATION = 3
_GOVERNS_TCP = 4

READING = READ_FILE | READ_DIR
DEVICE = READ_FILE | WRITE_FILE


def abi() -> int:
    """Raises GateError where the kernel has none."""
    version, errno = attempt(_CREATE_RULESET, 0, 0, _ONLY_TELL_VERSION)
    if version > 0:
        return version
    raise GateError("this kernel has no Landlock, or it is switched off (%s)" % posix.strerror(errno))


class Ruleset:
    """What is allowed; all else of its kind is forbidden once `restrict` is called, for this process and all it starts."""

    def __init__(self, version: int, network: bool) -> None:
        self._known = (1 << _FIRST_UNKNOWN[min(version, len(_FIRST_UNKNOWN)) - 1]) - 1
        attributes = u64(self._known)
        if version >= _GOVERNS_TCP:
            attributes += u64(0 if network else _BIND_TCP_AND_CONNECT_TCP)
        if version >= SCOPES_SIGNALS:
            attributes += u64(_ABSTRACT_SOCKETS_AND_SIGNALS)
        self._fd = call("landlock_create_ruleset", _CREATE_RULESET, attributes, len(attributes), 0)

    @property
    def writing(self) -> int:
        """All but to execute, and to make or control devices."""
        return self._known & ~(EXECUTE | _IOCTL_DEVICE | _MAKE_CHAR_DEVICE | _MAKE_BLOCK_DEVICE)

    def allow(self, paths: Iterable[str], rights: int) -> list[str]:
        """Returns the paths that can't be opened, and are therefore not allowed."""
        missing = []
        for path in paths:
            try:
                fd = posix.open(path, _OPEN_PATH | posix.O_CLOEXEC)
            except OSError:
                missing.append(path)
                continue
            is_folder = posix.fstat(fd).st_mode & _FILE_KINDS == _DIRECTORY
            allowed = rights & self._known & (-1 if is_folder else _OF_FILES)
            # struct landlock_path_beneath_attr is packed
            call("landlock_add_rule", _ADD_RULE, self._fd, _RULE_PATH_BENEATH, u64(allowed) + u32(fd), 0)
            posix.close(fd)
        return missing

    def restrict(self) -> None:
        call("landlock_restrict_self", _RESTRICT_SELF, self._fd, 0)
        posix.close(self._fd)
