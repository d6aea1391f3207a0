"""Random values of every kind that crosses the wire."""

import math
from datetime import datetime, timedelta, timezone


def any_value(source, depth=0):
    choice = source.randrange(10 if depth > 4 else 12)
    if choice == 0:
        return source.choice([None, True, False])
    if choice < 4:
        return source.randrange(-(1 << 63), 1 << 64) >> source.randrange(64)
    if choice == 4:
        return source.choice([source.uniform(-1, 1) * 10 ** source.randrange(-300, 300), math.inf, -0.0])
    if choice < 7:
        return "".join(source.choices('aZ0 "\0\x7fé日\ufffd😀\U0010ffff', k=source.randrange(source.choice([40, 400]))))
    if choice == 7:
        return bytes(source.choices(range(256), k=source.randrange(300)))
    if choice < 10:
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=source.randrange(-(1 << 55), 1 << 57))
    count = source.randrange(source.choice([8, 8, 40]))
    if choice == 10:
        return [any_value(source, depth + 1) for _ in range(count)]
    return {"k%d%s" % (index, source.choice("aé日")): any_value(source, depth + 1) for index in range(count)}
