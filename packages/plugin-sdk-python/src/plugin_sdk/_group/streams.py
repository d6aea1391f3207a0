"""`print` and what else goes through `sys.stdout` and `sys.stderr`: to the streams of the plugin that the thread works for."""

from __future__ import annotations

import sys

from .present import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _ToPresent:
    """In every respect the stream of the present plugin. Without one, that of the group."""

    def __init__(self, name: str, of_group: Any) -> None:
        self._name = name
        self._of_group = of_group

    def _stream(self) -> Any:
        member = present()
        return self._of_group if member is None else getattr(member, self._name)

    def write(self, text: str) -> Any:
        return self._stream().write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream(), name)

    def __iter__(self) -> Any:
        return iter(self._stream())

    def __enter__(self) -> Any:
        return self._stream().__enter__()

    def __exit__(self, *raised: Any) -> Any:
        return self._stream().__exit__(*raised)

    def __repr__(self) -> str:
        return repr(self._stream())


def tell_streams_apart() -> None:
    sys.stdout = _ToPresent("stdout", sys.stdout)
    sys.stderr = _ToPresent("stderr", sys.stderr)


def open_stream(fd: int) -> Any:
    return open(fd, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
