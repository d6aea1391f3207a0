"""Measures a peer whose host is Python itself: the same steps as measure.ts, a command a line in, an answer a line out."""

import asyncio
import json
import os
import signal
import sys
from time import perf_counter

STRUCTURED = {
    "id": 12345,
    "name": "a plugin",
    "tags": ["red", "green", "blue"],
    "point": {"x": 1.5, "y": -2.25},
    "ok": True,
    "none": None,
}
STARTS = 5
MIB = 1 << 20


async def repeat(call, seconds, most):
    durations = []
    end = perf_counter() + seconds
    while True:
        began = perf_counter()
        await call()
        durations.append((perf_counter() - began) * 1e6)
        if len(durations) >= most or perf_counter() >= end:
            return durations


async def repeated(peer, size, seconds, most):
    data = b"x" * size
    if await peer.echo(data) != data:
        raise ValueError("%d bytes came back different" % size)
    return await repeat(lambda: peer.echo(data), seconds, most)


async def rate(peer, in_flight):
    data = b"x" * 64
    done = 0
    began = perf_counter()

    async def caller():
        nonlocal done
        while perf_counter() < began + 0.25:
            await peer.echo(data)
            done += 1

    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return [done / (perf_counter() - began)]


async def starts(peer):
    """Milliseconds from nothing to the first answer; the first start also loads modules, and is not counted."""
    durations = []
    for count in range(STARTS + 1):
        if count > 0:
            await peer.close()
        began = perf_counter()
        await peer.start()
        await peer.echo(b"first")
        durations.append((perf_counter() - began) * 1e3)
    return durations[1:]


async def kill(peer):
    pid = await peer.pid()
    os.kill(pid, signal.SIGSTOP)
    began = perf_counter()
    call = asyncio.ensure_future(peer.echo(b"in the middle"))
    await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    try:
        await asyncio.wait_for(call, 5)
        seen = "an answer"
    except asyncio.TimeoutError:
        return "nothing: the call was still open after 5 s"
    except Exception as error:
        seen = " ".join(("%s: %s" % (type(error).__name__, error)).split())[:160]
    return "%s (after %d ms)" % (seen, (perf_counter() - began - 0.2) * 1e3)


async def step(peer, command):
    if command == "what":
        return peer.what
    if command == "starts":
        return await starts(peer)
    if command == "kill":
        return await kill(peer)
    if command == "structured":
        return await repeat(lambda: peer.echo(STRUCTURED), 0.1, 500)
    if command.endswith("in flight"):
        return await rate(peer, int(command.split()[0]))
    size, seconds, most = {
        "one by one": (64, 0.25, 1000),
        "4 KiB": (4096, 0.1, 500),
        "1 MiB": (MIB, 0.15, 50),
        "100 MiB": (100 * MIB, 0, 1),
    }[command]
    return await repeated(peer, size, seconds, most)


async def serve(peer):
    lines = sys.stdin
    loop = asyncio.get_running_loop()
    while True:
        command = (await loop.run_in_executor(None, lines.readline)).strip()
        if not command:
            break
        print("ANSWER", json.dumps(await step(peer, command)), flush=True)
    await peer.close()
