"""A host in miniature of a group: one process, in which it begins several plugins, each with channels of its own."""

import os
import secrets
import signal
import socket
import struct
import sys
import sysconfig
import textwrap

from host import BASE_PYTHON, DEADLINE_SECONDS, SDK_FOLDER, Host, _Drain, _duplicate_above_100, _receive_exactly

from plugin_sdk._codec.codec import decode, encode
from plugin_sdk._process.channel import BEGIN, CULPRIT, ENDED, INTERRUPT, LEAVE, NOT_BEGUN
from plugin_sdk._wire import frames as wire

__all__ = ["CULPRIT", "ENDED", "NOT_BEGUN", "GroupHost"]
CHANNEL_FD, LISTENER_FD = 6, 7


class GroupHost:
    def __init__(self, folder, bytecode=None, site_packages=None):
        self.folder = folder
        self.members = []
        address = "\0bulkhead-test-%s" % secrets.token_hex(8)
        self.address = address
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(address)
        listening.listen(64)
        self.channel, their_channel = socket.socketpair()
        self.lifeline, their_lifeline = socket.socketpair()
        (out, their_out), (error, their_error) = os.pipe(), os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        fds = {0: nothing, 1: their_out, 2: their_error, 5: their_lifeline.fileno()}
        fds.update({CHANNEL_FD: their_channel.fileno(), LISTENER_FD: listening.fileno()})
        high = {target: _duplicate_above_100(fd) for target, fd in fds.items()}
        options = {
            "start": "group",
            "prefix": sys.prefix,
            "site-packages": site_packages or sysconfig.get_paths()["purelib"],
            "lifeline": "fd:5",
            "descriptors": "8",
            **({} if bytecode is None else {"bytecode": str(bytecode)}),
        }
        command = [BASE_PYTHON, "-S", os.path.join(SDK_FOLDER, "bootstrap.py")]
        command += [part for name, value in options.items() for part in ("--" + name, value)]
        actions = [(os.POSIX_SPAWN_DUP2, fd, target) for target, fd in high.items()]
        self.pid = os.posix_spawn(command[0], command, {"PATH": os.environ["PATH"]}, file_actions=actions, setpgroup=0)
        for fd in [*high.values(), nothing, their_out, their_error]:
            os.close(fd)
        for end in (listening, their_channel, their_lifeline):
            end.close()
        self.channel.settimeout(DEADLINE_SECONDS)
        self.output = [_Drain(out), _Drain(error)]
        self.status = None

    def begin(self, name, source=None, files=(), handshake=True, entry=None, plugin=None, **welcome):
        """`name`: of its folder, and the plugin's unless `plugin` is given."""
        folder = os.path.join(str(self.folder), name)
        for path, text in {**({} if source is None else {"plugin.py": source}), **dict(files)}.items():
            path = os.path.join(folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(textwrap.dedent(text))
        member = Member(self, len(self.members) + 1, folder, **welcome)
        self.members.append(member)
        options = {"--plugin": plugin or name, "--folder": folder, "--entry-point": "plugin.py", **(entry or {})}
        self.send([BEGIN, member.number, options])
        if handshake:
            assert member.start() is member.ready, member.said
        return member

    def send(self, message):
        payload = encode(message)[0]
        self.channel.sendall(struct.pack("<I", len(payload)) + payload)

    def receive(self):
        return decode(bytes(_receive_exactly(self.channel, struct.unpack("<I", _receive_exactly(self.channel, 4))[0])))

    def interrupt(self, member):
        self.send([INTERRUPT, member.number])

    def leave(self):
        self.send([LEAVE, 0])
        return self.wait()

    wait = Host.wait

    def has_exited(self, seconds):
        watch = os.pidfd_open(self.pid)
        try:
            import select

            return bool(select.select([watch], [], [], seconds)[0])
        finally:
            os.close(watch)

    def close(self):
        if self.status is None:
            os.killpg(self.pid, signal.SIGKILL)
            self.wait()
        for member in self.members:
            member.close()
        self.channel.close()
        self.lifeline.close()
        for drain in self.output:
            drain.read()


class Member(Host):
    """A plugin of a group: the conversation is that of any other."""

    def __init__(self, group, number, folder, concurrency=1, configuration=None):
        self.group = group
        self.number = number
        self.folder = folder
        self.concurrency = concurrency
        self.configuration = configuration
        self.features = list(wire.FEATURES)
        self.limits = {"frame": wire.DEFAULT_FRAME_LIMIT, "body": wire.DEFAULT_BODY_LIMIT}
        self.next_id = 0
        self.answers = {}
        self.hello = self.ready = self.said = None
        ends = []
        for _ in range(4):
            end = socket.socket(socket.AF_UNIX)
            end.connect(group.address)
            ends.append(end)
        self.data, self.control = ends[:2]
        for end in ends[:2]:
            end.settimeout(DEADLINE_SECONDS)
        self.output = [_Drain(end.detach()) for end in ends[2:]]

    def start(self, configuration=None):
        self.said = super().start(configuration or self.configuration)
        return self.said

    def cancel(self, number):
        super().cancel(number, with_signal=False)
        self.send([wire.CREDIT, number, 0])

    def shut_down(self):
        """What the group then says of it."""
        self.send([wire.SHUTDOWN, 0])
        while self.receive() != [wire.BYE, 0]:
            pass
        return self.group.receive()

    def close(self):
        self.data.close()
        self.control.close()
        for drain in self.output:
            drain.read()
