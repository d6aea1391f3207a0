"""Lets `os.chmod` and `os.utime` work in a sandbox: on a file that was opened, since Landlock judges only that."""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def install() -> None:
    """To be called before `os` is imported, which takes its functions from here."""
    setattr(posix, "chmod", OpenFirst(posix.chmod))  # noqa: B010
    setattr(posix, "utime", OpenFirst(posix.utime))  # noqa: B010


class OpenFirst:
    """An object, since a function would turn into a method where a class holds it, as that of `pathlib` does before 3.11."""

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = function
        self.__name__ = self.__qualname__ = function.__name__
        self.__doc__ = function.__doc__

    def __call__(
        self, path: Any, *arguments: Any, dir_fd: Any = None, follow_symlinks: bool = True, **more: Any
    ) -> None:
        if isinstance(path, int):
            return self._function(path, *arguments, **more)
        flags = posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC | (0 if follow_symlinks else posix.O_NOFOLLOW)
        fd = posix.open(path, flags, dir_fd=dir_fd)
        try:
            self._function(fd, *arguments, **more)
        finally:
            posix.close(fd)
