"""The process of a group: from a bare interpreter to one that runs plugins in threads, when the host asks for it.

Options, each followed by its value, as in _process/launch.py: --start group, --prefix, --site-packages, --bytecode, --log-level,
--accelerator, --lifeline, --sandbox, --descriptors. What a plugin is, its host says when it is to begin: "Groups" in the protocol.
"""

from __future__ import annotations

import faulthandler
import os
import posix
import sys
from _thread import allocate_lock

from .._author import host
from .._process.channel import BEGIN, CULPRIT, ENDED, INTERRUPT, LEAVE, NOT_BEGUN, Channel
from .._process.fork_sockets import fork_sockets
from .._process.interpreter import enter_environment
from .._process.launch import accelerator, close_gates, close_inherited, ignore_interrupts
from .._process.lifeline import hold_on
from .._process.python_logging import number_of_level
from .._python_alone import remember_own_folders
from .._wire.endpoint import CHANNEL_FD, LIFELINE_FD, open_lifeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .member import Member, Setting

# As of an instance: the thread that reads control answers a ping this soon while user code computes.
SWITCH_SECONDS = 0.001
# A thread that tells something holds the lock for as long as it writes.
PATIENCE_SECONDS = 0.5


def launch(options: dict[str, str]) -> None:
    close_inherited(options)
    hold_on(open_lifeline(options["--lifeline"], LIFELINE_FD))
    _, closed, refusal = close_gates(options.get("--sandbox"), False)
    codec = accelerator(options.get("--accelerator"))
    sys.setswitchinterval(SWITCH_SECONDS)
    ignore_interrupts()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    # Only of the thread that has crashed: by that the host knows whose it was.
    faulthandler.enable(all_threads=False)
    remember_own_folders()
    enter_environment(options.get("--prefix"), options.get("--site-packages"), [""])
    sys.modules["__main__"] = type(sys)("__main__")

    # Now that Python finds its own modules.
    from . import contexts, logs, present, sleeping, spaces, streams, working_folder
    from .instance import InstancesOfGroup
    from .member import Setting

    spaces.install()
    present.carry_into_threads()
    sleeping.sleep_until_woken()
    streams.tell_streams_apart()
    contexts.tell_contexts_apart()
    logs.tell_logs_apart(number_of_level(options.get("--log-level")))
    if not working_folder.can_be_own():
        working_folder.refuse_to_change_it()
    host.server = InstancesOfGroup()
    Group(Setting(codec, closed, refusal)).serve()


class Group:
    """The main thread reads what the host asks for. Any thread tells it something."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._channel = Channel()
        self._sockets = fork_sockets(None)
        self._members: dict[int, Member] = {}
        # How many have begun with a name.
        self._begun: dict[str, int] = {}
        self._telling = allocate_lock()
        self._pid = posix.getpid()

    def serve(self) -> NoReturn:
        posix.register_at_fork(after_in_child=self._leave_in_child)
        self._name_who_exits()
        while True:
            for kind, number, *values in self._channel.receive():
                if kind == BEGIN:
                    self._begin(number, values[0])
                elif kind == INTERRUPT:
                    self._interrupt(number)
                elif kind == LEAVE:
                    from .._process.leave import leave

                    # The handler of forks keeps this object until the interpreter is gone, where Python 3.9 can't finalise a socket.
                    leave(0, frozenset(), vars(self).clear)

    def _begin(self, number: int, options: dict[str, str]) -> None:
        from .member import Member

        sockets: list[int] = []
        try:
            self._sockets.take(sockets, number)
            member = self._members[number] = Member(number, options, sockets, self._setting)
            member.start(self._name_of(options["--plugin"]), self._ended)
        except (OSError, RuntimeError) as error:  # no descriptor or no thread is left
            self._members.pop(number, None)
            for fd in sockets:
                posix.close(fd)
            self._tell(NOT_BEGUN, number, "it can't begin: %s" % error)

    def _name_of(self, plugin: str) -> str:
        """Of its space of modules: what has begun anew stands beside what it replaces."""
        name = "".join(letter if letter.isalnum() else "_" for letter in plugin)
        count = self._begun[name] = self._begun.get(name, 0) + 1
        return name if count == 1 else "%s@%d" % (name, count)

    def _ended(self, member: Member, status: int) -> None:
        self._members.pop(member.number, None)
        self._tell(ENDED, member.number, status & 0xFF)

    def _interrupt(self, number: int) -> None:
        """Raises SystemExit in what still runs of it, which takes effect at the next line of Python."""
        from .._several.interrupt import load_interrupt

        member, interrupt = self._members.get(number), load_interrupt()
        if member is None:
            return
        member.hang_up()  # what its calls say of it is no answer
        for thread in list(member.threads):
            if interrupt is not None:
                interrupt(thread, SystemExit)

    def _tell(self, kind: int, number: int, *values: Any) -> None:
        is_mine = self._telling.acquire(True, PATIENCE_SECONDS)
        try:
            self._channel.send(kind, number, *values)
        finally:
            if is_mine:
                self._telling.release()

    def _name_who_exits(self) -> None:
        from .present import present

        leave_at_once = os._exit

        def _exit(status: int) -> NoReturn:
            member = present()
            if member is not None and posix.getpid() == self._pid:
                self._tell(CULPRIT, member.number, "called os._exit(%s)" % status)
            leave_at_once(status)

        os._exit = _exit

    def _leave_in_child(self) -> None:
        """A process that a plugin forks is no group: it tells the host nothing, and keeps no channel open."""
        nowhere = posix.open("/dev/null", posix.O_RDWR | posix.O_CLOEXEC)
        posix.dup2(nowhere, CHANNEL_FD, False)
        posix.close(nowhere)
        for member in self._members.values():
            member.leave_in_child()
