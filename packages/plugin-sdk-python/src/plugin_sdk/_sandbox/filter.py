"""Which system calls a plugin may make: seccomp(2).

There are two programs, because a template has to fork what must not fork itself: `shared` holds in a template and its forks,
`final` in each instance. The kernel obeys the stricter one.
"""

from __future__ import annotations

import errno
import posix

from . import numbers
from .instructions import (
    Filter,
    all_of,
    allow,
    deny,
    if_any_bit,
    if_equal,
    none_of,
    not_both,
    only_null,
    with_bits,
    without_bits,
)
from .kernel import IS_ARM, address_of, call, u16, u64
from .landlock import GOVERNS_TRUNCATION, SCOPES_SIGNALS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .policy import Policy

_SET_MODE_FILTER = 1

# For a terminal: to put input into it, to select and paste, to change its discipline, to take over the console.
_TERMINAL_REQUESTS = (0x5412, 0x541C, 0x5423, 0x541D)
_PR_SET_PDEATHSIG, _PR_SET_MM, _PR_SET_CHILD_SUBREAPER = 1, 35, 36
_CLONE_NAMESPACES, _CLONE_THREAD = 0x7E020000, 0x10000
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_SOCK_STREAM, _SOCK_DATAGRAM, _SOCK_SEQPACKET, _SOCK_KIND = 1, 2, 5, 0xF
_SET_ID_BITS = 0o6000
_WRITE_OR_RDWR, _CREATE, _TRUNCATE = 0o3, 0o100, 0o1000
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
_F_SETOWN, _F_SETOWN_EX = 8, 15
_PRIO_PROCESS, _IOPRIO_WHO_PROCESS = 0, 1


def shared(policy: Policy, landlock_abi: int, isolated: bool) -> bytes:
    """Holds in a template and in its forks. `isolated`: name spaces show nothing that is not permitted."""
    filter = Filter(numbers.HIGHEST_KNOWN)
    filter.judge(numbers.IOCTL, none_of(1, _TERMINAL_REQUESTS))
    filter.judge(numbers.PRCTL, none_of(0, (_PR_SET_MM, _PR_SET_CHILD_SUBREAPER)))
    filter.judge(numbers.CLONE, without_bits(0, _CLONE_NAMESPACES))
    _confine_to_itself(filter)
    _judge_sockets(filter, policy.has_sockets)
    _judge_files(filter, landlock_abi, isolated)
    if policy.memory is not None:
        # Pages of this kind count for no process.
        filter.judge(numbers.MMAP, not_both(3, _MAP_ANONYMOUS, _MAP_SHARED))
    filter.deny_all(numbers.NEVER.values())
    filter.deny_all(numbers.AS_IF_UNKNOWN.values(), errno.ENOSYS)
    if not policy.executes:
        filter.deny_all(numbers.EXECUTE.values())
    return filter.finished()


def final(policy: Policy, landlock_abi: int, isolated: bool) -> bytes:
    """Holds in an instance: what a template needs in order to make one is over."""
    filter = Filter(numbers.HIGHEST_KNOWN)
    filter.judge(numbers.PRCTL, none_of(0, (_PR_SET_PDEATHSIG,)))
    if not policy.has_sockets:
        filter.deny_all(numbers.ACCEPT.values())
    if not policy.processes:
        filter.judge(numbers.CLONE, with_bits(0, _CLONE_THREAD, without=_CLONE_NAMESPACES))
        filter.deny_all(numbers.FORK.values())
    filter.deny_all(numbers.LEAVE_GROUP.values())
    if landlock_abi < SCOPES_SIGNALS and not isolated:
        _confine_signals(filter)
    return filter.finished()


def install(program: bytes) -> None:
    """For this thread, which has to be the only one, and for all that it starts."""
    header = u16(len(program) // 8) + bytes(6) + u64(address_of(program))  # struct sock_fprog
    call("seccomp", numbers.SECCOMP[IS_ARM], _SET_MODE_FILTER, 0, header)


def _confine_to_itself(filter: Filter) -> None:
    """What names a process by number, and Landlock does not govern, may only name the caller: 0."""
    filter.judge(numbers.PRLIMIT64, all_of((0, None, (0,))))
    filter.judge(numbers.SCHED_SETAFFINITY, deny())  # it is how the number of processors is limited
    for scheduling in numbers.SCHEDULING:
        filter.judge(scheduling, all_of((0, None, (0,))))
    filter.judge(numbers.SETPRIORITY, all_of((0, None, (_PRIO_PROCESS,)), (1, None, (0,))))
    filter.judge(numbers.IOPRIO_SET, all_of((0, None, (_IOPRIO_WHO_PROCESS,)), (1, None, (0,))))


def _judge_sockets(filter: Filter, has_sockets: bool) -> None:
    # From a pair of the datagram kind one can send to any Unix socket that has a path.
    pair = all_of((0, None, (_AF_UNIX,)), (1, _SOCK_KIND, (_SOCK_STREAM, _SOCK_SEQPACKET)))
    filter.judge(numbers.SOCKETPAIR, pair)
    if not has_sockets:
        filter.deny_all(numbers.NETWORK.values())
        return
    internet = all_of((0, None, (_AF_INET, _AF_INET6)), (1, _SOCK_KIND, (_SOCK_STREAM, _SOCK_DATAGRAM)))
    routes = all_of((2, None, (0,)))  # NETLINK_ROUTE, by which the C library learns which addresses there are
    filter.judge(numbers.SOCKET, if_equal(0, _AF_NETLINK, routes, internet))


def _judge_files(filter: Filter, landlock_abi: int, isolated: bool) -> None:
    """No program becomes another user by its file. Where all files can be seen, modes and times change through an open file only."""
    may_truncate = isolated or landlock_abi >= GOVERNS_TRUNCATION
    for call_, flags, mode in ((numbers.OPENAT, 2, 3), (numbers.OPEN, 1, 2)):
        body = if_any_bit(flags, _CREATE, without_bits(mode, _SET_ID_BITS), allow())
        if not may_truncate:
            writes = if_any_bit(flags, _WRITE_OR_RDWR, body, deny())
            body = if_any_bit(flags, _TRUNCATE, writes, body)
        filter.judge(call_, body)
    if not may_truncate:
        filter.judge(numbers.TRUNCATE, deny())
    for call_, mode in ((numbers.CREAT, 1), (numbers.FCHMOD, 1), (numbers.MKNOD, 1), (numbers.MKNODAT, 2)):
        filter.judge(call_, without_bits(mode, _SET_ID_BITS))
    if isolated:
        filter.judge(numbers.CHMOD, without_bits(1, _SET_ID_BITS))
        filter.judge(numbers.FCHMODAT, without_bits(2, _SET_ID_BITS))
    else:
        filter.deny_all(numbers.METADATA.values())
        filter.judge(numbers.UTIMENSAT, only_null(1))


def _confine_signals(filter: Filter) -> None:
    """For kernels whose Landlock does not."""
    own = all_of((0, None, (0, posix.getpid())))
    for signalling in numbers.SIGNALLING:
        filter.judge(signalling, own)
    filter.deny_all(numbers.SIGNALLING_OTHERWISE)
    filter.judge(numbers.FCNTL, none_of(1, (_F_SETOWN, _F_SETOWN_EX)))
