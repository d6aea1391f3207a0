"""Memory for very large bodies in pages of 2 MiB, where the system gives them to those who ask.

Of small ones 100 MiB have 25,600, and each costs the kernel a microsecond when it is first written to: a third of what a plugin
needs to take so much in and give it back.
"""

from __future__ import annotations

from .._python_alone import PythonAlone

# Such memory has a mapping of its own in every allocator, so nothing of it stays behind when it is freed.
LEAST_BYTES = 32 * 1024 * 1024


def ask_for_huge_pages(memory: bytes) -> None:
    """A wish that may stay without effect."""
    with PythonAlone():
        try:
            import ctypes
            from mmap import MADV_HUGEPAGE, PAGESIZE
        except ImportError:
            return  # not on Linux, or a Python without these parts
    start = ctypes.cast(ctypes.c_char_p(memory), ctypes.c_void_p).value or 0
    first_page = start + -start % PAGESIZE
    length = start + len(memory) - first_page
    ctypes.CDLL(None).madvise(ctypes.c_void_p(first_page), ctypes.c_size_t(length), MADV_HUGEPAGE)
