"""Tells which gates close on this machine, by closing them in a process that does nothing else."""

from __future__ import annotations

import posix

from .gates import Gates
from .kernel import GateError


def survey() -> None:
    """Writes one line: the version of Landlock, or why a sandbox can't be made here."""
    gates = Gates("confined=yes\nnetwork=none\nprocesses=no\nhost=%d" % posix.getppid())
    try:
        line = "landlock %d" % gates.close(is_template=False)["landlock"]
    except GateError as error:
        line = "unavailable %s" % error
    posix.write(1, line.encode())
