"""The files that are open in this process, whoever opened them, and what is not written yet."""

from __future__ import annotations

import gc
from _io import _IOBase, _RawIOBase, _TextIOBase

from .._python_alone import PythonAlone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def is_file(value: object) -> bool:
    # Not `isinstance`, which asks the object itself: a proxy would load what it stands for.
    return issubclass(type(value), _IOBase)


def is_plain(file: object) -> bool:
    """Whether it writes nothing at its end but what is in its buffer; a compressed file does."""
    return type(file).__module__ == "_io"


def open_files(others: Iterable[object] = ()) -> list[Any]:
    """Those that the collector knows, and those among `others`, in the order in which they have to be flushed and closed.

    Text lies over bytes, and a compressed file over the one that it is written to. It may have a part of its own in between.
    """
    files: dict[int, Any] = {id(each): each for each in gc.get_objects() if is_file(each)}
    files.update((id(each), each) for each in others if is_file(each))
    return sorted(files.values(), key=_depth)


def flush_files(files: Iterable[Any]) -> None:
    for file in files:
        try:
            if not file.closed:
                file.flush()
        except Exception:
            continue  # told when it is closed


def flush_native_streams() -> None:
    """What native code has printed. Without ctypes it can't be reached."""
    try:
        with PythonAlone():
            from _ctypes import call_function, dlopen, dlsym

        everything: Any = None
        call_function(dlsym(dlopen(everything, 0), "fflush"), (None,))
    except Exception:
        pass


def _depth(file: object) -> int:
    if issubclass(type(file), _TextIOBase):
        return 0
    if is_plain(file):
        return 3
    return 2 if issubclass(type(file), _RawIOBase) else 1
