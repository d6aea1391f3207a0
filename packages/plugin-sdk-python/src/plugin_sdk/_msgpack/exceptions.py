"""What the extension raises. Our codec then tries again, and raises its own errors."""

from __future__ import annotations


class BufferFull(Exception): ...


class OutOfData(Exception): ...


class FormatError(ValueError): ...


class StackError(ValueError): ...


class ExtraData(ValueError): ...
