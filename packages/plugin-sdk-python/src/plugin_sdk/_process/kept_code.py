"""The byte code of the plugin's own file, kept where Python keeps that of modules: beside it, in `__pycache__`.

Python compiles the file that it runs anew each time, and the first use of `compile` alone takes a millisecond. What is kept
holds for the content of the file (PEP 552), not for its time: who saves it twice in a second runs what was saved last.
"""

from __future__ import annotations

import _imp
import marshal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

# Of a file that Python compares with its source by content.
_FLAGS = b"\3\0\0\0"
_HEADER = 16


def code_of(path: str, source: bytes) -> CodeType:
    external: Any = sys.modules["_frozen_importlib_external"]
    magic = external.MAGIC_NUMBER
    header = magic + _FLAGS + _imp.source_hash(int.from_bytes(magic, "little"), source)
    loader = external.SourceFileLoader("__main__", path)
    kept = external.cache_from_source(path) if sys.implementation.cache_tag else ""
    try:
        data = loader.get_data(kept)
        if data[:_HEADER] == header:
            found: CodeType = external._compile_bytecode(memoryview(data)[_HEADER:], "__main__", kept, path)
            return found
    except Exception:
        pass  # there is none, or it is damaged
    code = compile(source, path, "exec", dont_inherit=True)
    if kept and not sys.dont_write_bytecode:
        loader._cache_bytecode(path, kept, header + marshal.dumps(code))
    return code
