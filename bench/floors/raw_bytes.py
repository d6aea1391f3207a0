"""Floor of large data: so many bytes, as the first eight of them say, there and back through one buffer that is kept."""

from posix import read, readv, write

head = read(3, 8)
while len(head) == 8:
    size = int.from_bytes(head, "little")
    view = memoryview(bytearray(size))
    while True:
        done = 0
        while done < size:
            count = readv(3, [view[done:]])
            if not count:
                raise SystemExit
            done += count
        done = 0
        while done < size:
            done += write(3, view[done:])
