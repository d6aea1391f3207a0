"""Name spaces of its own for a plugin: namespaces(7). In them it has no process, mount, queue or network of the machine.

Three processes take part:
  keeper  what the host started, and signals as leader of the group. It waits for the plugin, and ends as that ended.
  init    the first of the pid name space: with it the kernel ends all others, whatever they have done to stay.
  plugin  the second, since the kernel lets the first ignore signals that end any other process.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import errno
import posix

from .._calls.cancel import SIGNAL
from . import privileges
from .kernel import IS_ARM, GateError, attempt, call, u16
from .numbers import CLOSE_RANGE, IOCTL, SOCKET, UNSHARE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Optional

_MOUNTS, _CONTROL_GROUPS, _NAMES, _QUEUES = 0x20000, 0x02000000, 0x04000000, 0x08000000
_USERS, _PROCESSES, _NETWORK = 0x10000000, 0x20000000, 0x40000000
_HIGHEST_FD = 0x7FFFFFFF
# What the group is sent, or the plugin by its host, is not for the keeper.
_FOR_PLUGIN = (
    _signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP, _signal.SIGQUIT, _signal.SIGUSR1, _signal.SIGUSR2, SIGNAL,
)  # fmt: skip
_AF_INET, _SOCK_DGRAM = 2, 2
_SIOCSIFFLAGS, _IFF_UP_AND_RUNNING, _IFREQ_BYTES = 0x8914, 0x41, 40


def enter(own_network: bool) -> Optional[str]:
    """Returns in a new process, the plugin's; without one, why this machine makes no name spaces. Raises GateError."""
    kinds = _MOUNTS | _CONTROL_GROUPS | _NAMES | _QUEUES | _PROCESSES | (_NETWORK if own_network else 0)
    user, group = posix.geteuid(), posix.getegid()
    failure = attempt(UNSHARE[IS_ARM], kinds)[1]
    if failure == errno.EPERM:
        failure = attempt(UNSHARE[IS_ARM], kinds | _USERS)[1]
        if not failure:
            _keep_ids(user, group)
    if failure:
        return "the system lets this user make no name spaces (%s)" % posix.strerror(failure)
    if own_network:
        _raise_loopback()
    _become_plugin()
    return None


def _keep_ids(user: int, group: int) -> None:
    """In a user name space of its own this user has the power to make the others."""
    try:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", "%d %d 1" % (user, user)),
            ("gid_map", "%d %d 1" % (group, group)),
        ):
            fd = posix.open("/proc/self/" + name, posix.O_WRONLY | posix.O_CLOEXEC)
            posix.write(fd, text.encode())
            posix.close(fd)
    except OSError as error:
        raise GateError("a user name space can't be set up: %s" % error) from None


def _raise_loopback() -> None:
    fd = call("socket", SOCKET[IS_ARM], _AF_INET, _SOCK_DGRAM, 0)
    request = (b"lo".ljust(16, b"\0") + u16(_IFF_UP_AND_RUNNING)).ljust(_IFREQ_BYTES, b"\0")  # struct ifreq
    call("ioctl(SIOCSIFFLAGS)", IOCTL[IS_ARM], fd, _SIOCSIFFLAGS, request)
    posix.close(fd)


def _become_plugin() -> None:
    try:
        alive, held_by_keeper = posix.pipe()
        init = posix.fork()
        if init == 0:
            _be_init(alive)
        plugin = posix.fork()
    except OSError as error:
        raise GateError("a name space of processes can't be filled: %s" % error) from None
    if plugin:
        _keep(init, plugin, held_by_keeper)
    posix.close(alive)
    posix.close(held_by_keeper)


def _be_init(alive: int) -> NoReturn:
    """Lasts as long as the keeper, and buries the processes whose parents have ended."""
    _signal.signal(_signal.SIGCHLD, _signal.SIG_IGN)
    _close_all_but(alive)
    privileges.drop()
    while True:
        try:
            posix.read(alive, 1)
            break
        except InterruptedError:
            continue
    posix._exit(0)


def _keep(init: int, plugin: int, held: int) -> NoReturn:
    for number in _FOR_PLUGIN:
        _signal.signal(number, _signal.SIG_IGN)
    _close_all_but(held)
    privileges.drop()
    status = posix.waitpid(plugin, 0)[1]
    # Waits until none is left in there: what the host hears of the end is true of all of them.
    posix.kill(init, _signal.SIGKILL)
    posix.waitpid(init, 0)
    if posix.WIFSIGNALED(status):
        number = posix.WTERMSIG(status)
        if number != _signal.SIGKILL:
            _signal.signal(number, _signal.SIG_DFL)
        posix.kill(posix.getpid(), number)
        posix._exit(128 + number)  # as a shell would say it; no signal that has ended one process leaves this one
    posix._exit(posix.WEXITSTATUS(status))


def _close_all_but(fd: int) -> None:
    """The plugin's descriptors: an end of theirs must be that of the plugin's."""
    for first, last in ((0, fd - 1), (fd + 1, _HIGHEST_FD)):
        if first <= last:
            call("close_range", CLOSE_RANGE[IS_ARM], first, last, 0)
