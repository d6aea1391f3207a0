"""Finds the file of a plugin that Python takes for a module of its own, when that made something fail."""

from __future__ import annotations

import sys

from .._python_alone import own_folders, own_spec


def shadowing(error: BaseException) -> str:
    """What to add to the message of `error`; empty: no file stands in the place of one of Python's own."""
    try:
        name = _module_of(error).partition(".")[0]
        file = getattr(sys.modules.get(name), "__file__", None) or getattr(error, "path", None)
        if not name or not isinstance(file, str) or file.startswith(tuple(own_folders)) or not own_folders:
            return ""
        # Python 3.13 says so itself, of some failures
        if own_spec(name) is None or "renaming" in str(error):
            return ""
        return "; %s stands in the place of Python's own module %s: rename it" % (file, name)
    except Exception:  # an exception of a plugin may be hostile
        return ""


def _module_of(error: BaseException) -> str:
    if isinstance(error, ImportError):
        return error.name or ""
    if not isinstance(error, AttributeError):
        return ""
    # Python 3.9 does not say whose attribute it is
    _, quote, rest = str(error).partition("module '")
    return rest.partition("'")[0] if quote else ""
