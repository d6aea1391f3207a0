"""Floor of many calls in flight: MessagePack and the same batching as the SDK, and nothing else.

python message_loop.py SDK [FOLDER]...: with the C extension of msgpack, if one of these folders has one that fits.
"""

import sys
from posix import read, write
from _struct import Struct

sys.path.insert(0, sys.argv[1])
from plugin_sdk._codec.codec import decode, encode  # noqa: E402

for folder in sys.argv[2:]:
    from plugin_sdk._process.accelerator import load

    codec = load(folder)
    if codec is not None:
        decode, encode = codec.decode, codec.encode

length = Struct("<I")
rest = b""
while True:
    data = read(3, 65536)
    if not data:
        break
    data = rest + data
    offset, parts = 0, []
    while len(data) - offset >= 4:
        end = offset + 4 + length.unpack_from(data, offset)[0]
        if end > len(data):
            break
        message = decode(data[offset + 4 : end])
        payload, _ = encode([5, message[1], message[3]])
        parts += (length.pack(len(payload)), payload)
        offset = end
    rest = data[offset:]
    out = b"".join(parts)
    while out:
        out = out[write(3, out) :]
