"""What the extension wants of its package; nothing of it is ever met, since extension types are decoded by our codec.

The package's own file imports `collections` and `datetime`, which would double what loading the extension costs.
"""

from __future__ import annotations


class ExtType(tuple[int, bytes]):
    __slots__ = ()


class Timestamp:
    __slots__ = ()
