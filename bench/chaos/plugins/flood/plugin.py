"""Speaks the wire without the SDK's codec and reader, and attacks the host in the way that FLOOD names.

The bootstrap has said HELLO, and its control thread answers pings until an attack writes there. This file does the rest: it reads one call, makes one
attack, and answers the call if the host still listens.
"""

import ctypes
import os
import resource
import select
import socket
import struct
import time

from plugin_sdk._author import host

OUTPUT, ERRORS, DATA, CONTROL, LIFELINE = 1, 2, 3, 4, 5
READY, CALL, RESULT, FAILURE, STREAM, CHUNK = 3, 4, 5, 6, 9, 10
HOST_CALL, INPUT_CREDIT, ACQUIRE, RELEASE = 13, 18, 19, 20
PONG, LOG, PROGRESS, DEBUGGING = 34, 35, 36, 38

MIB = 1024 * 1024
FRAME_LIMIT = 64 * MIB
ANSWER_AFTER_SECONDS = 1.0
# How long endless attacks go on.
SECONDS = float(os.environ.get("FLOOD_SECONDS", "2"))
CODES = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\nERROR all is lost\x9b5m\x7f\u202e"

ATTACKS = {}


def attack(function):
    ATTACKS[function.__name__] = function
    return function


def pack(value):
    """As much MessagePack as the attacks need."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return bytes([value]) if 0 <= value < 128 else b"\xcf" + struct.pack(">Q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode("utf-8", "surrogatepass")
        return b"\xdb" + struct.pack(">I", len(data)) + data
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    if isinstance(value, dict):
        pairs = (pack(key) + pack(item) for key, item in value.items())
        return b"\xdf" + struct.pack(">I", len(value)) + b"".join(pairs)
    return array_head(len(value)) + b"".join(map(pack, value))


def array_head(count):
    return b"\xdd" + struct.pack(">I", count)


def framed(payload):
    return struct.pack("<I", len(payload)) + payload


def frame(*message):
    return framed(pack(message))


def take_control():
    """Keeps the SDK's thread from writing: its pongs would stand between the parts of what an attack writes."""
    host.server.connection.control._writing.acquire(False)


def send(fd, data):
    """Whether the host took all of it."""
    if fd == CONTROL:
        take_control()
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except OSError:
        return False
    return True


def receive(count):
    data = b""
    while len(data) < count:
        piece = os.read(DATA, min(count - len(data), MIB))
        if not piece:
            os._exit(0)
        data += piece
    return data


def next_frame():
    return receive(struct.unpack("<I", receive(4))[0])


def next_call():
    """The id of the next CALL; skips other messages."""
    while True:
        payload = next_frame()
        if payload[1] == CALL:
            return number_at(payload, 2)


def number_at(payload, at):
    sizes = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
    size = sizes.get(payload[at])
    return payload[at] if size is None else int.from_bytes(payload[at + 1 : at + 1 + size], "big")


def filled(head, item):
    """A frame of the greatest length that is allowed: `head`, then an array that is filled with `item`."""
    count = (FRAME_LIMIT - len(head) - 5) // len(item)
    return framed(head + array_head(count) + item * count)


def result_head(call):
    return b"\x93" + pack(RESULT) + pack(call)


def repeat(make, fd, seconds=SECONDS):
    """Sends `make(0)`, `make(1)` and so on, a thousand at a time, until the time is over."""
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        if not send(fd, b"".join(make(number + index) for index in range(1000))):
            return
        number += 1000


# No attack: the reference


@attack
def nothing(call):
    time.sleep(SECONDS)


# A few bytes of the plugin that cost the host much


@attack
def empty_frames(call):
    send(DATA, framed(b"") * 100_000)


@attack
def empty_control_frames(call):
    send(CONTROL, framed(b"") * 100_000)


@attack
def empty_maps(call):
    send(DATA, filled(result_head(call), b"\x80"))


@attack
def empty_arrays(call):
    send(DATA, filled(result_head(call), b"\x90"))


@attack
def nils(call):
    send(DATA, filled(result_head(call), b"\xc0"))


@attack
def empty_bodies(call):
    send(DATA, filled(result_head(call), b"\xd7\x02" + bytes(8)))


@attack
def empty_typed_arrays(call):
    """Each of no dimension and one element."""
    send(DATA, filled(result_head(call), b"\xc7\x03\x01\x00\x00\x00"))


@attack
def timestamps(call):
    send(DATA, filled(result_head(call), b"\xd6\xff" + bytes(4)))


@attack
def short_texts(call):
    send(DATA, filled(result_head(call), b"\xa1x"))


@attack
def many_keys(call):
    count = 5_000_000
    keys = b"".join(b"\xa7%07d\xc0" % number for number in range(count))
    send(DATA, framed(result_head(call) + b"\xdf" + struct.pack(">I", count) + keys))


@attack
def number_keys(call):
    """Keys that a JavaScript object keeps as the indices of an array, far apart."""
    count = 4_000_000
    keys = b"".join(b"\xaa%010d\xc0" % (number * 1009) for number in range(count))
    send(DATA, framed(result_head(call) + b"\xdf" + struct.pack(">I", count) + keys))


@attack
def deep(call):
    send(DATA, framed(result_head(call) + b"\x91" * (FRAME_LIMIT // 2) + b"\xc0"))


@attack
def wide_and_wrong(call):
    """Refused at the last of its values."""
    send(DATA, framed(filled(result_head(call), b"\x80")[4:-1] + b"\xc1"))


@attack
def long_result(call):
    """Nothing wrong with it: 60 MiB of text."""
    send(DATA, frame(RESULT, call, "x" * (60 * MIB)))


@attack
def long_text(call):
    """Nothing wrong with it either: text that is not ASCII."""
    send(DATA, frame(RESULT, call, "\u20ac" * (20 * MIB)))


@attack
def almost_text(call):
    """Valid up to its last byte."""
    text = b"\xe2\x82\xac" * (20 * MIB) + b"\xff"
    send(DATA, framed(result_head(call) + b"\xdb" + struct.pack(">I", len(text)) + text))


@attack
def many_results(call):
    repeat(lambda number: frame(RESULT, 2**40 + number, None), DATA)


@attack
def drips(call):
    """Whole frames, a byte at a time."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for byte in frame(RESULT, 2**40, None):
            if not send(DATA, bytes([byte])):
                return


# Texts


@attack
def long_error(call):
    fail(call, "x" * (31 * MIB))


@attack
def long_traceback(call):
    fail(call, "no", traceback='  File "plugin.py", line 1\n' * (MIB), type="Broken" * MIB)


@attack
def long_causes(call):
    cause = {"code": "PLUGIN_RAISED", "message": "x" * (4 * MIB)}
    for _ in range(14):
        cause = {"code": "PLUGIN_RAISED", "message": "x" * (MIB), "cause": cause}
    fail(call, "no", cause=cause)


@attack
def many_causes(call):
    cause = {"code": "PLUGIN_RAISED", "message": "no"}
    for _ in range(240):
        cause = {"code": "PLUGIN_RAISED", "message": "no", "cause": cause}
    fail(call, "no", cause=cause)


@attack
def large_error_data(call):
    fail(call, "no", data={"rows": ["x" * 1000] * 30_000})


@attack
def terminal_codes(call):
    send(CONTROL, frame(LOG, call, {"level": "error", "message": CODES, "fields": {CODES: CODES}}))
    send(CONTROL, frame(PROGRESS, call, {"fraction": 0.5, "message": CODES}))
    send(OUTPUT, (CODES + "\n").encode())
    send(ERRORS, (CODES + "\n").encode())
    fail(call, CODES, type=CODES, traceback=CODES, cause={"code": CODES, "message": CODES}, data={CODES: CODES})


@attack
def names_host_errors(call):
    """Claims that the host has failed."""
    send(DATA, frame(FAILURE, call, {"code": "MANAGER_CLOSED", "message": "the host is broken", "data": {"plugin": 1}}))


def fail(call, message, **more):
    send(DATA, frame(FAILURE, call, {"code": "PLUGIN_RAISED", "message": message, **more}))


# Logs and output


@attack
def long_log(call):
    send(CONTROL, frame(LOG, call, {"level": "info", "message": "x" * (60 * MIB)}))


@attack
def longer_log(call):
    send(CONTROL, frame(LOG, call, {"level": "info", "message": "x" * 100_000_000}))


@attack
def log_fields(call):
    fields = b"".join(pack(str(number)) + b"\x80" for number in range(1_000_000))
    message = b"\x93" + pack(LOG) + pack(call) + b"\x83" + pack("level") + pack("info") + pack("message") + pack("")
    send(CONTROL, framed(message + pack("fields") + b"\xdf" + struct.pack(">I", 1_000_000) + fields))


@attack
def endless_logs(call):
    repeat(lambda number: frame(LOG, call, {"level": "info", "message": "line"}), CONTROL)


@attack
def endless_progress(call):
    repeat(lambda number: frame(PROGRESS, call, {"fraction": 0.5, "message": "on my way"}), CONTROL)


@attack
def endless_pongs(call):
    repeat(lambda number: frame(PONG, number), CONTROL)


@attack
def error_lines(call):
    send(ERRORS, b"\n" * 1_000_000)


@attack
def output_lines(call):
    send(OUTPUT, b"\n" * 1_000_000)


@attack
def endless_lines(call):
    repeat(lambda number: b"a line of output\n", OUTPUT, SECONDS / 2)
    repeat(lambda number: b"a line of errors\n", ERRORS, SECONDS / 2)


@attack
def endless_output(call):
    """One line that does not end."""
    repeat(lambda number: b"x" * 64, OUTPUT, SECONDS / 2)
    repeat(lambda number: b"\xff\x00" * 32, ERRORS, SECONDS / 2)


# Requests


@attack
def host_calls(call):
    for number in range(0, 200_000, 1000):
        calls = (frame(HOST_CALL, number + each, call, "other", "execute", None, {}) for each in range(1000))
        if not send(DATA, b"".join(calls)):
            return


@attack
def host_calls_with_input(call):
    """The host holds their inputs while it decides."""
    for number in range(200):
        if not send(DATA, frame(HOST_CALL, number, call, "nobody", "execute", "x" * (4 * MIB), {})):
            return


@attack
def acquires(call):
    for number in range(0, 200_000, 1000):
        asked = (frame(ACQUIRE, number + each, call, "resource %d" % each, {}) for each in range(1000))
        if not send(DATA, b"".join(asked)):
            return


@attack
def acquires_of_one(call):
    """Many resources of one owner: each claim is checked for a deadlock."""
    for number in range(0, 20_000, 1000):
        options = {"mode": "exclusive", "timeout": 1_000_000}
        asked = (frame(ACQUIRE, number + each, call, "one %d" % (number + each), options) for each in range(1000))
        if not send(DATA, b"".join(asked)):
            return


@attack
def releases(call):
    repeat(lambda number: frame(RELEASE, number, call), DATA)


@attack
def chunks_without_credit(call):
    send(DATA, frame(STREAM, call))
    repeat(lambda number: frame(CHUNK, call, number), DATA)


@attack
def streams_without_end(call):
    repeat(lambda number: frame(STREAM, call), DATA)


@attack
def credits(call):
    repeat(lambda number: frame(INPUT_CREDIT, call, 0, 2**53), DATA)


@attack
def debugging(call):
    repeat(lambda number: frame(DEBUGGING, number, {"attached": True}), CONTROL)


# Silence and ends


@attack
def never_reads(call):
    time.sleep(3600)


@attack
def half_closes(call):
    socket.socket(fileno=DATA).shutdown(socket.SHUT_WR)
    time.sleep(3600)


@attack
def half_closes_reading(call):
    socket.socket(fileno=DATA).shutdown(socket.SHUT_RD)
    time.sleep(3600)


@attack
def half_closes_control(call):
    socket.socket(fileno=CONTROL).shutdown(socket.SHUT_WR)
    time.sleep(3600)


@attack
def closes_data(call):
    os.close(DATA)
    time.sleep(3600)


@attack
def closes_control(call):
    os.close(CONTROL)
    time.sleep(3600)


@attack
def closes_all(call):
    os.closerange(0, 256)
    time.sleep(3600)


@attack
def violates_in_c(call):
    """Breaks the protocol while input is still on its way, and keeps the interpreter's lock, so that the control thread can't run."""
    send(DATA, frame(99, 0))
    ctypes.PyDLL(None).sleep(3600)


@attack
def floods_when_stopped(call):
    """Answers, and takes SHUTDOWN for the sign to begin."""
    send(DATA, frame(RESULT, call, "done"))
    next_frame()
    while True:
        repeat(lambda number: frame(RESULT, 2**40, number), DATA)
        repeat(lambda number: b"still here\n", OUTPUT)


@attack
def leaves_sockets_open(call):
    """Dies, while a process that the host can't find holds all of its descriptors."""
    if os.fork() == 0:
        os.setsid()
        for fd in (OUTPUT, ERRORS, DATA, CONTROL, LIFELINE):
            os.set_inheritable(fd, True)
        os.execve("/bin/sleep", ["sleep", "8"], {})
    time.sleep(0.2)
    os._exit(3)


@attack
def dies_in_a_frame(call):
    send(DATA, framed(b"x" * MIB)[:1000])
    os._exit(0)


@attack
def exits_while_it_floods(call):
    os.set_blocking(DATA, False)
    send(DATA, frame(RESULT, 2**40, "x") * 10_000)
    os._exit(3)


# Garbage

GARBAGE = bytes(number * 7919 % 251 for number in range(MIB))


@attack
def garbage_on_data(call):
    send(DATA, GARBAGE)


@attack
def garbage_on_control(call):
    send(CONTROL, GARBAGE)


@attack
def garbage_on_lifeline(call):
    """The host never reads there: the socket takes what fits."""
    os.set_blocking(LIFELINE, False)
    send(LIFELINE, GARBAGE)


@attack
def garbage_everywhere(call):
    for fd in range(256):
        try:
            os.set_blocking(fd, False)
            os.write(fd, GARBAGE)
        except OSError:
            pass


@attack
def data_on_control(call):
    send(CONTROL, frame(RESULT, call, "done") + frame(HOST_CALL, 1, call, "other", "execute", None, {}))


@attack
def endless_frame(call):
    """Announces four gigabytes and never stops."""
    send(DATA, struct.pack("<I", 2**32 - 1))
    repeat(lambda number: b"x" * 1024, DATA)


@attack
def endless_body(call):
    send(DATA, framed(result_head(call) + b"\xd7\x02" + struct.pack("<Q", 2**31)))
    repeat(lambda number: b"x" * 1024, DATA)


@attack
def many_large_bodies(call):
    """Announces more memory than there is."""
    body = b"\xd7\x02" + struct.pack("<Q", 2**31)
    send(DATA, framed(result_head(call) + array_head(1000) + body * 1000))


@attack
def prototype_keys(call):
    value = {"__proto__": {"polluted": True}, "constructor": {"prototype": {"polluted": True}}}
    send(DATA, frame(RESULT, call, value))


# Processes


@attack
def leaves_children(call):
    for _ in range(30):
        if os.fork() == 0:
            os.setsid()
            os.environ.clear()
            time.sleep(3600)
            os._exit(0)


@attack
def holds_output_open(call):
    """A child that has left its group keeps writing where the plugin wrote."""
    if os.fork() == 0:
        os.setsid()
        for fd in (DATA, CONTROL, LIFELINE):
            os.close(fd)
        while True:
            os.write(OUTPUT, b"still here\n" * 1000)
    os._exit(1)


# Before there is a call


@attack
def large_ready(_):
    actions = {"action %d" % number: {} for number in range(1_000_000)}
    send(DATA, frame(READY, 0, {"metadata": {}, "actions": actions}))


@attack
def large_metadata(_):
    send(DATA, frame(READY, 0, {"metadata": {"text": "x" * (60 * MIB)}, "actions": {"execute": {}}}))


@attack
def many_hooks(_):
    hooks = [{"event": "event", "name": "hook %d" % number} for number in range(300_000)]
    send(DATA, frame(READY, 0, {"metadata": {}, "actions": {"execute": {}}, "hooks": hooks}))


@attack
def is_never_ready(_):
    repeat(lambda number: frame(LOG, 0, {"level": "info", "message": "nearly there"}), CONTROL, 3600)


@attack
def calls_before_it_is_ready(_):
    send(DATA, frame(HOST_CALL, 1, 1, "other", "execute", None, {}) * 1000)


BEFORE_READY = {large_ready, large_metadata, many_hooks, is_never_ready, calls_before_it_is_ready}


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    make = ATTACKS[os.environ["FLOOD"]]
    next_frame()  # WELCOME
    if make in BEFORE_READY:
        make(0)
    send(DATA, frame(READY, 0, {"metadata": {"id": "flood"}, "actions": {"execute": {}}}))
    call = next_call()
    if make not in BEFORE_READY:
        make(call)
        # The channels are not ordered: what was wrong on control must be seen before this answer. Then the host closes.
        select.select([DATA], [], [], ANSWER_AFTER_SECONDS)
    send(DATA, frame(RESULT, call, "done"))
    while True:
        receive(1)


main()
