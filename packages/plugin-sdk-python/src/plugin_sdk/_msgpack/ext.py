"""Names that the extension looks for in its package. It never uses them: our codec decodes extension types.

The package's own file imports `collections` and `datetime`, which would double what loading the extension costs.
"""

from __future__ import annotations


class ExtType(tuple[int, bytes]):
    __slots__ = ()


class Timestamp:
    __slots__ = ()
