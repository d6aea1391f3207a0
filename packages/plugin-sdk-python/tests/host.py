"""A host in miniature: starts a real plugin process and speaks the wire with it over real socket pairs."""

import os
import select
import signal
import socket
import struct
import sys
import sysconfig
import textwrap
import threading

from one_stream import OneStream

import plugin_sdk
from plugin_sdk._codec.codec import decode, encode, resolve
from plugin_sdk._wire import frames as wire

# Only ends what hangs: how long a plugin takes is a matter of the machine.
DEADLINE_SECONDS = 120
# What plugins are reached over where a test does not say.
WIRE = os.environ.get("BULKHEAD_TEST_ENDPOINT", "fd:3,4")
CHANNELS = ("data", "control", "lifeline")
SDK_FOLDER = os.path.dirname(os.path.abspath(plugin_sdk.__file__))
BASE_PYTHON = os.path.realpath(sys.executable)


class Host:
    def __init__(
        self,
        source,
        folder,
        *,
        bytecode=None,
        prefix=None,
        site_packages=None,
        features=wire.FEATURES,
        limits=None,
        variables=None,
        accelerator=None,
        concurrency=1,
        endpoint=WIRE,
        sockets_in=None,
        has_lifeline=True,
        files=(),
        entry=None,
        log_level=None,
        own_python=None,
        joins=False,
    ):
        """`own_python`: an environment's own interpreter, which then makes that environment by itself, as in a container.
        `joins`: the plugin's file is run as it is, and joins the host."""
        self.joins = joins
        self.own_python = own_python
        self.entry = entry or {}
        self.has_lifeline = has_lifeline
        self.endpoint = endpoint if sockets_in is None else "unix:%s" % sockets_in
        self.sockets_in = sockets_in
        self.concurrency = concurrency
        self.accelerator = accelerator
        self.prefix = prefix or sys.prefix
        self.log_level = log_level
        self.folder = str(folder)
        self.entry_point = os.path.join(self.folder, "plugin.py")
        with open(self.entry_point, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(source))
        for name, text in dict(files).items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.features = list(features)
        self.limits = limits or {"frame": wire.DEFAULT_FRAME_LIMIT, "body": wire.DEFAULT_BODY_LIMIT}
        self.next_id = 0
        self.answers = {}
        self.hello = self.ready = None
        self.status = None
        self.data, self.control, self.lifeline, self.pid = self._spawn(bytecode, site_packages, variables or {})
        self.exit_event = os.pidfd_open(self.pid)

    def _spawn(self, bytecode, site_packages, variables):
        listening = [] if self.sockets_in is None else [_listen(self.sockets_in, name) for name in CHANNELS]
        data, their_data = socket.socketpair()
        control, their_control = socket.socketpair()
        lifeline, their_lifeline = socket.socketpair()
        (out, their_out), (error, their_error) = os.pipe(), os.pipe()
        their_in, to = os.pipe() if self.endpoint == "stdio" else (os.open(os.devnull, os.O_RDONLY), None)
        theirs = [
            their_in,
            their_out,
            their_error,
            their_data.fileno(),
            their_control.fileno(),
            their_lifeline.fileno(),
        ]
        # Numbers that can't be the target of one another.
        high = [_duplicate_above_100(fd) for fd in theirs]
        actions = [(os.POSIX_SPAWN_DUP2, fd, target) for target, fd in enumerate(high)]
        command = [
            *([BASE_PYTHON, "-S"] if self.own_python is None else [self.own_python]),
            os.path.join(SDK_FOLDER, "bootstrap.py"),
            *self._options(bytecode, site_packages),
        ]
        environment = {"PATH": os.environ["PATH"], **variables}
        if self.joins:
            command = [sys.executable, self.entry_point]
            environment.update(BULKHEAD_ENDPOINT=self.endpoint, PYTHONPATH=os.path.dirname(SDK_FOLDER))
        pid = os.posix_spawn(command[0], command, environment, file_actions=actions, setpgroup=0)
        for fd in [*high, their_in, their_out, their_error]:
            os.close(fd)
        their_data.close()
        their_control.close()
        their_lifeline.close()
        self.output = [_Drain(error)]
        if to is None:
            self.output.insert(0, _Drain(out))
        else:
            data.close()
            control.close()
            stream = OneStream(to, out)
            data, control = stream.data, stream.control
        if listening:
            for end in (data, control, lifeline):
                end.close()
            data, control, lifeline = map(_accept, listening)
        for end in (data, control):
            end.settimeout(DEADLINE_SECONDS)
        return data, control, lifeline, pid

    def _options(self, bytecode, site_packages):
        options = {
            "plugin": "sample",
            "folder": self.folder,
            "entry-point": "plugin.py",
            "environment": "environment-1",
            "endpoint": self.endpoint,
        }
        if self.own_python is None:
            options["prefix"] = str(self.prefix)
            options["site-packages"] = site_packages or sysconfig.get_paths()["purelib"]
        if self.has_lifeline:
            options["lifeline"] = "fd:5" if self.sockets_in is None else "unix:%s/lifeline" % self.sockets_in
        if bytecode is not None:
            options["bytecode"] = str(bytecode)
        if self.log_level is not None:
            options["log-level"] = self.log_level
        if self.accelerator is not None:
            options["accelerator"] = str(self.accelerator)
        options.update(self.entry)
        return [part for name, value in options.items() for part in ("--" + name, value)]

    # --- the data channel

    def send(self, message, body_threshold=None):
        payload, bodies = encode(message, body_threshold)
        self.data.sendall(struct.pack("<I", len(payload)) + payload)
        for body in bodies:
            self.data.sendall(body)

    def receive(self):
        payload = _receive_exactly(self.data, struct.unpack("<I", _receive_exactly(self.data, 4))[0])
        bodies = []
        message = decode(bytes(payload), bodies)
        for body in bodies:
            _receive_into(self.data, body.view)
        return resolve(message, bodies)

    def start(self, configuration=None):
        """The handshake; returns what READY or the FAILURE in its place carries."""
        kind, _, self.hello = self.receive()
        assert kind == wire.HELLO
        welcome = {
            "protocol": 1,
            "features": self.features,
            "plugin": "sample",
            "generation": 1,
            "configuration": configuration or {},
            "concurrency": self.concurrency,
            "limits": self.limits,
        }
        self.send([wire.WELCOME, 0, welcome])
        kind, number, answer = self.receive()
        assert number == 0
        self.ready = answer if kind == wire.READY else None
        return answer

    def begin(self, value=None, action="execute", body_threshold=None, streams=None):
        self.next_id += 1
        rest = [] if streams is None else [None, streams]
        self.send([wire.CALL, self.next_id, action, value, *rest], body_threshold)
        return self.next_id

    def feed(self, number, chunks, stream=0, end=True):
        """Chunks of an input stream, without regard to credit."""
        for chunk in chunks:
            self.send([wire.INPUT_CHUNK, number, stream, chunk], wire.BODY_THRESHOLD_BYTES)
        if end:
            self.send([wire.INPUT_END, number, stream])

    def answer(self, number):
        """(kind, value) of that call; answers to others are kept, credit for inputs is not."""
        while number not in self.answers:
            kind, other, value = self.receive()[:3]
            if kind != wire.INPUT_CREDIT:
                self.answers[other] = (kind, value)
        return self.answers.pop(number)

    def call(self, value=None, action="execute", body_threshold=None):
        kind, result = self.answer(self.begin(value, action, body_threshold))
        assert kind == wire.RESULT, result
        return result

    def fail(self, value=None, action="execute"):
        kind, failure = self.answer(self.begin(value, action))
        assert kind == wire.FAILURE, failure
        return failure

    def chunks_of(self, number):
        """What a stream brings, each chunk credited at once, and the message that ends it."""
        chunks = []
        while True:
            kind, other, value = self.receive()[:3]
            assert other == number
            if kind == wire.CHUNK:
                chunks.append(value)
                self.send([wire.CREDIT, number, 1])
            elif kind != wire.STREAM:
                return chunks, [kind, value]

    # --- the control channel

    def send_control(self, message):
        payload, _ = encode(message)
        self.control.sendall(struct.pack("<I", len(payload)) + payload)

    def receive_control(self):
        return decode(self.receive_control_frame())

    def receive_control_frame(self):
        return bytes(_receive_exactly(self.control, struct.unpack("<I", _receive_exactly(self.control, 4))[0]))

    def next_log(self):
        kind, call, line = self.receive_control()
        assert kind == wire.LOG, kind
        return call, line

    def cancel(self, number, with_signal=True):
        self.send_control([wire.CANCEL, number])
        if with_signal:
            os.kill(self.pid, 40)

    def ping(self):
        self.send_control([wire.PING, 77])
        assert self.receive_control() == [wire.PONG, 77]

    # --- the end

    def shut_down(self):
        self.send([wire.SHUTDOWN, 0])
        while self.receive() != [wire.BYE, 0]:
            pass
        return self.wait()

    def wait(self):
        """The exit status; a negative signal number if one ended it."""
        if self.status is None:
            assert self.has_exited(DEADLINE_SECONDS), "the plugin did not exit"
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def has_exited(self, seconds):
        return bool(select.select([self.exit_event], [], [], seconds)[0])

    def stdout(self):
        return self.output[0].read()

    def stderr(self):
        return self.output[-1].read()

    def has_data(self, seconds=DEADLINE_SECONDS):
        return bool(select.select([self.data], [], [], seconds)[0])

    def stderr_so_far(self):
        return self.output[-1].so_far()

    def close_all(self):
        """As the end of the host does."""
        for end in (self.data, self.control, self.lifeline):
            end.close()

    def close(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.wait()
        self.data.close()
        self.control.close()
        self.lifeline.close()
        os.close(self.exit_event)
        for drain in self.output:
            drain.read()


class _Drain:
    """Empties a pipe, so that nobody blocks on it."""

    def __init__(self, fd):
        self._pieces = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, args=(fd,))
        self._thread.start()

    def read(self):
        """Everything, once the last writer has closed."""
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive()
        return b"".join(self._pieces).decode()

    def so_far(self):
        with self._changed:
            return b"".join(self._pieces)

    def wait_for(self, text):
        with self._changed:
            assert self._changed.wait_for(lambda: text.encode() in b"".join(self._pieces), DEADLINE_SECONDS)

    def _run(self, fd):
        with open(fd, "rb", buffering=0) as pipe:
            while True:
                try:
                    piece = pipe.read(1 << 20)
                except ConnectionResetError:  # of a socket that the process has never accepted
                    return
                if not piece:
                    return
                with self._changed:
                    self._pieces.append(piece)
                    self._changed.notify_all()


def _listen(folder, name):
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(os.path.join(folder, name))
    listening.listen()
    listening.settimeout(DEADLINE_SECONDS)
    return listening


def _accept(listening):
    with listening:
        return listening.accept()[0]


def _duplicate_above_100(fd):
    import fcntl

    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100)


def _receive_exactly(end, size):
    data = bytearray(size)
    _receive_into(end, memoryview(data))
    return data


def _receive_into(end, view):
    done = 0
    while done < len(view):
        count = end.recv_into(view[done:])
        if not count:
            raise EOFError("the plugin closed the channel")
        done += count


def is_gone(pid, seconds=DEADLINE_SECONDS):
    """Whether the process ends in time. Another process's child can't be waited for, only watched."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], seconds)[0])
    finally:
        os.close(watch)
