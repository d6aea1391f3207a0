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
    from typing import Any, Optional

# Libraries of the system, and what they read by themselves.
_SYSTEM = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache",
    "/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
    "/usr/share/ca-certificates", "/etc/pki/tls", "/etc/pki/ca-trust/extracted", "/etc/fonts", "/usr/share/fonts",
    "/usr/share/fontconfig", "/usr/share/mime", "/etc/mime.types", "/usr/share/locale", "/sys/devices/system/cpu",
)  # fmt: skip
_OF_KERNEL = (
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/version",
    "/proc/filesystems", "/proc/sys/vm/overcommit_memory", "/proc/self",
)  # fmt: skip
_OF_SOCKETS = ("/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols")
_NAME_SERVERS = ("/etc/resolv.conf", "/run/systemd/resolve/stub-resolv.conf")
_PROGRAMS = ("/usr/bin", "/bin", "/usr/local/bin")
# Not /dev/zero: shared pages of it count for no process.
_DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")
_SHARED_MEMORY = "/dev/shm"


class Gates:
    """Of one process, and of all that it forks."""

    def __init__(self, policy: str) -> None:
        self._policy = Policy(policy)
        self._abi = 0
        # Whether it is in name spaces of its own.
        self._isolated = False
        self.why_not_isolated: Optional[str] = None
        # A fork dies with the process that closed the first gates.
        self._process = 0

    def close(self, is_template: bool) -> dict[str, Any]:
        """Returns what holds from now on, for HELLO. In name spaces it returns in another process, which has the pid 2 there.

        Raises GateError: then the plugin must not run.
        """
        policy = self._policy
        if not IS_KNOWN:
            raise GateError("the system calls of %s are not known to this sandbox" % MACHINE)
        limits.lower(policy)
        if not policy.confined:
            return {"limits": True}
        privileges.die_with(policy.host)
        self.why_not_isolated = self._isolate()
        self._process = posix.getpid()
        self._abi = abi()
        if self._abi < SCOPES_SIGNALS and not self._isolated and (is_template or policy.processes):
            raise GateError(
                "this kernel's Landlock (ABI %d) can't keep forks from signalling other processes (ABI %d can)"
                % (self._abi, SCOPES_SIGNALS)
            )
        privileges.drop()
        self._restrict_files()
        filter.install(filter.shared(policy, self._abi, self._isolated))
        if not self._isolated:
            open_first.install()
        if not is_template:
            filter.install(filter.final(policy, self._abi, self._isolated))
        return {"landlock": self._abi, "seccomp": True, "limits": True, "namespaces": self._isolated}

    def close_in_fork(self) -> None:
        """Closes what was open for the template. Raises GateError."""
        if not self._policy.confined:
            return
        privileges.die_with(self._process)
        filter.install(filter.final(self._policy, self._abi, self._isolated))

    def _isolate(self) -> Optional[str]:
        """Returns why not."""
        policy = self._policy
        if policy.namespaces == "none" or policy.scratch is None:
            return None
        from . import namespaces
        from .view import View

        why_not = namespaces.enter(own_network=not policy.network)
        if why_not is not None:
            if policy.namespaces == "require":
                raise GateError(why_not)
            return why_not
        self._isolated = True
        if policy.proxied:
            from .way_out import open_way_out

            open_way_out()
        try:
            view = View(policy.scratch, self._scratch_folders(), policy.scratch_size)
            view.show([*self._readable(), *self._executable(), *policy.read], policy.write)
            view.add_scratch()
            view.add_devices(_DEVICES)
            view.add_processes()
            view.enter()
        except GateError as error:
            if policy.namespaces == "require":
                raise
            # What is begun can't be taken back, so this is not for the sandbox to decide.
            raise GateError("%s; with `sandbox: floor` it does without name spaces" % error) from None
        return None

    def _scratch_folders(self) -> list[str]:
        """Its scratch folder, and /tmp as well, unless something that it may read lies there: what is below can be written, too."""
        policy = self._policy
        if policy.scratch is None:
            return []
        is_free = not any((path + "/").startswith("/tmp/") for path in (policy.scratch, *policy.read, *policy.write))
        return [policy.scratch, "/tmp"] if self._isolated and is_free else [policy.scratch]

    def _readable(self) -> list[str]:
        python = {sys.base_prefix + "/lib", sys.base_exec_prefix + "/lib"}
        names = (*(_OF_SOCKETS if self._policy.has_sockets else ()), *(_NAME_SERVERS if self._policy.network else ()))
        return [*_SYSTEM, *sorted(python), *names]

    def _executable(self) -> list[str]:
        return [*_PROGRAMS, sys.base_prefix + "/bin"] if self._policy.executes else []

    def _restrict_files(self) -> None:
        policy = self._policy
        rules = Ruleset(self._abi, policy.has_sockets)
        reading = READING | EXECUTE if policy.executes else READING
        rules.allow([*self._readable(), *self._executable()], reading)
        rules.allow(_DEVICES, DEVICE)
        # The last as a path of this process: not of its forks, nor of any other.
        rules.allow(_OF_KERNEL, READING)
        own = [*self._scratch_folders(), *([_SHARED_MEMORY] if self._isolated else ())]
        missing = rules.allow(policy.read, reading) + rules.allow([*own, *policy.write], rules.writing)
        if missing:
            raise GateError("there is no %s that could be opened to it" % missing[0])
        rules.restrict()
