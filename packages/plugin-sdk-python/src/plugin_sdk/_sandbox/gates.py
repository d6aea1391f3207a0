"""Closes all gates, in the order in which one does not keep another from closing. None of them opens again."""

from __future__ import annotations

import posix
import sys

from . import filter, limits, open_first, privileges
from .kernel import IS_KNOWN, MACHINE, GateError
from .landlock import DEVICE, EXECUTE, READING, SCOPES_SIGNALS, Ruleset, abi
from .policy import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Libraries of the system, and what they read by themselves.
_SYSTEM = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/timezone",
    "/usr/share/zoneinfo", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/usr/share/ca-certificates", "/etc/pki/tls",
    "/etc/pki/ca-trust/extracted", "/etc/fonts", "/usr/share/fonts", "/usr/share/fontconfig", "/usr/share/mime",
    "/etc/mime.types", "/usr/share/locale", "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
    "/proc/loadavg", "/proc/uptime", "/proc/version", "/proc/filesystems", "/proc/sys/vm/overcommit_memory",
)  # fmt: skip
_TO_RESOLVE_NAMES = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
    "/etc/protocols", "/run/systemd/resolve/stub-resolv.conf",
)  # fmt: skip
_PROGRAMS = ("/usr/bin", "/bin", "/usr/local/bin")
# Not /dev/zero: shared pages of it count for no process.
_DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")


class Gates:
    """Of one process, and of all that it forks."""

    def __init__(self, policy: str) -> None:
        self._policy = Policy(policy)
        self._abi = 0
        # A fork dies with the process that closed the first gates.
        self._process = posix.getpid()

    def close(self, is_template: bool) -> dict[str, Any]:
        """Returns what holds from now on, for HELLO. Raises GateError: then the plugin must not run."""
        if not IS_KNOWN:
            raise GateError("the system calls of %s are not known to this sandbox" % MACHINE)
        limits.lower(self._policy)
        if not self._policy.confined:
            return {"limits": True}
        self._abi = abi()
        if self._abi < SCOPES_SIGNALS and (is_template or self._policy.processes):
            raise GateError(
                "this kernel's Landlock (ABI %d) can't keep forks from signalling other processes (ABI %d can)"
                % (self._abi, SCOPES_SIGNALS)
            )
        privileges.drop()
        privileges.die_with(self._policy.host)
        self._restrict_files()
        filter.install(filter.shared(self._policy, self._abi))
        open_first.install()
        if not is_template:
            filter.install(filter.final(self._policy, self._abi))
        return {"landlock": self._abi, "seccomp": True, "limits": True}

    def close_in_fork(self) -> None:
        """Closes what was open for the template. Raises GateError."""
        if not self._policy.confined:
            return
        privileges.die_with(self._process)
        filter.install(filter.final(self._policy, self._abi))

    def _restrict_files(self) -> None:
        policy = self._policy
        rules = Ruleset(self._abi, policy.network)
        reading = READING | EXECUTE if policy.processes else READING
        python = {sys.base_prefix + "/lib", sys.base_exec_prefix + "/lib"}
        rules.allow([*_SYSTEM, *sorted(python), *(_TO_RESOLVE_NAMES if policy.network else ())], reading)
        if policy.processes:
            rules.allow([*_PROGRAMS, sys.base_prefix + "/bin"], reading)
        rules.allow(_DEVICES, DEVICE)
        rules.allow(["/proc/self"], READING)  # as a path of this process: not of its forks, nor of any other
        missing = rules.allow(policy.read, reading) + rules.allow(policy.write, rules.writing)
        if missing:
            raise GateError("there is no %s that could be opened to it" % missing[0])
        rules.restrict()
