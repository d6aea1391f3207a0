"""Becomes a program of any language, behind the gates: they hold what takes the place of this process, too."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import posix
import sys

from .._wire.endpoint import EndpointError, open_lifeline
from .lifeline import hold_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, NoReturn, Optional

# Python ignores them, and a program inherits that.
_IGNORED_BY_PYTHON = (_signal.SIGPIPE, _signal.SIGXFSZ)
# By these the host hands over a socket, before; another program would take the channel for its own.
_OF_HOST = (b"NODE_CHANNEL_FD", b"NODE_CHANNEL_SERIALIZATION_MODE")


def become(options: dict[str, str], close_gates: Callable[[], Optional[str]]) -> NoReturn:
    """`options`: those of launch.py. `close_gates` returns why they can't be closed."""
    lifeline = open_lifeline(options["--lifeline"]) if "--lifeline" in options else None
    if lifeline is not None:
        hold_on(lifeline)
    refusal = close_gates()
    if refusal is not None:
        _leave("can't be kept to its permissions here: %s" % refusal)
    if lifeline is not None:
        hold_on(lifeline)  # of this process, which may be another one since the gates
        posix.set_inheritable(lifeline, True)
    for number in _IGNORED_BY_PYTHON:
        _signal.signal(number, _signal.SIG_DFL)
    variables = {name: value for name, value in posix.environ.items() if name not in _OF_HOST}
    for each in _lines(options.get("--variables")):
        name, _, value = each.partition("=")
        variables[name.encode()] = value.encode()
    program = options["--program"]
    try:
        posix.execve(program, [program, *_lines(options.get("--arguments"))], variables)
    except OSError as error:
        _leave("can't run %s: %s" % (program, error.strerror))


def _lines(text: Optional[str]) -> list[str]:
    written = [] if text is None else text.split("\n")
    return [each.replace("%0A", "\n").replace("%25", "%") for each in written]


def _leave(reason: str) -> NoReturn:
    sys.stderr.write(reason + "\n")
    sys.exit(EndpointError.status)
