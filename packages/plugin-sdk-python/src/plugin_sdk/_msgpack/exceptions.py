"""What the extension raises. Whatever it is, our codec is asked next, and says it in its own words."""

from __future__ import annotations


class BufferFull(Exception): ...


class OutOfData(Exception): ...


class FormatError(ValueError): ...


class StackError(ValueError): ...


class ExtraData(ValueError): ...
