"""Loads the host's private copy of msgpack's C extension, apart from the plugin's own msgpack."""

from __future__ import annotations

import sys

from .. import _msgpack
from .._codec.accelerated import AcceleratedCodec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Optional


def load(folder: str) -> Optional[AcceleratedCodec]:
    """The codec over the extension in `folder`; None if it can't be loaded, or is not as strict as needed."""
    try:
        return AcceleratedCodec(_extension(folder))
    except Exception:
        # Made for another Python, torn, missing: the codec in Python does the same, only slower. HELLO says which one is used.
        return None


def _extension(folder: str) -> ModuleType:
    # The extension enters itself into sys.modules as `msgpack._cmsgpack`, and would bind itself to a `msgpack.ext` that
    # it found there. Left in place, the plugin's `import msgpack` would get ours (measured: its ExtType then breaks).
    theirs = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_msgpack(name)}
    _msgpack.__path__.append(folder)
    needs_datetime = "datetime" not in sys.modules
    if needs_datetime:
        # The extension needs only the half in C. The half in Python takes longer to load than the rest of a start.
        sys.modules["datetime"] = __import__("_datetime")
    try:
        from .._msgpack import _cmsgpack  # type: ignore[attr-defined]

        return _cmsgpack  # type: ignore[no-any-return]
    finally:
        if needs_datetime:
            del sys.modules["datetime"]
        _msgpack.__path__.remove(folder)
        for name in list(sys.modules):
            if _is_msgpack(name):
                del sys.modules[name]
        sys.modules.update(theirs)


def _is_msgpack(name: str) -> bool:
    return name == "msgpack" or name.startswith("msgpack.")
