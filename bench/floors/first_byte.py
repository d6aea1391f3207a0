"""Floor of a start: the bare interpreter, until it can say one byte."""

from posix import write

write(3, b"!")
