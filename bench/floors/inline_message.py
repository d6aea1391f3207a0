"""Large data as any MessagePack library has it: inside its frame."""

import sys
from posix import readv, write
from _struct import Struct

sys.path.insert(0, sys.argv[1])
from plugin_sdk._codec.codec import decode, encode  # noqa: E402

length = Struct("<I")


def read_exactly(size):
    data = bytearray(size)
    view, done = memoryview(data), 0
    while done < size:
        count = readv(3, [view[done:]])
        if not count:
            raise SystemExit
        done += count
    return data


while True:
    message = decode(bytes(read_exactly(length.unpack(read_exactly(4))[0])))
    payload, _ = encode([5, message[1], message[3]])
    view = memoryview(length.pack(len(payload)) + payload)
    while len(view):
        view = view[write(3, view) :]
