"""Opens the endpoint that the host names. Only this file knows which kinds there are.

`fd:3,4`      two sockets that this process was given, data and control
`unix:PATH`   a folder in which the host listens on two sockets, `data` and `control`, such as one mounted into a container;
              for a template on `channel`, see _process/fork_sockets.py
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Optional

# What a template has, also one that connects to its host: it keeps 3 and 4 free for its forks.
LIFELINE_FD = 5
CHANNEL_FD = 6
# The limit of Linux, without the byte that ends the path.
_LONGEST_PATH_BYTES = 107


class EndpointError(Exception):
    """The endpoint can't be opened, so the host can't be told."""


class Endpoint:
    """The descriptors of the two channels."""

    __slots__ = ("control", "data")

    def __init__(self, data: int, control: int) -> None:
        self.data = data
        self.control = control


def open_endpoint(text: str) -> Endpoint:
    """Raises EndpointError."""
    kind, _, where = text.partition(":")
    if kind == "fd":
        numbers = where.split(",")
        if len(numbers) == 2 and all(map(str.isdigit, numbers)):
            return Endpoint(int(numbers[0]), int(numbers[1]))
        raise EndpointError("endpoint %r: fd takes two numbers of descriptors, data and control: fd:3,4" % text)
    if kind == "unix":
        return Endpoint(connected(where + "/data"), connected(where + "/control"))
    _refuse_kind("endpoint", text)


def open_template_endpoint(text: str) -> tuple[Endpoint, Optional[str]]:
    """Connects the channel of a template, unless it is inherited. Returns what each fork will have, which
    is not open yet, and the folder in which the host listens for them. Raises EndpointError."""
    kind, _, where = text.partition(":")
    if kind != "unix":
        return open_endpoint(text), None
    _move(connected(where + "/channel"), CHANNEL_FD)
    return Endpoint(3, 4), where


def open_lifeline(text: str, number: Optional[int] = None) -> int:
    """`fd:5`, or `unix:PATH` of a socket on which the host listens, connected as descriptor `number`. Raises EndpointError."""
    kind, _, where = text.partition(":")
    if kind == "fd" and where.isdigit():
        return int(where)
    if kind == "unix":
        return _move(connected(where), number)
    _refuse_kind("lifeline", text)


def _move(fd: int, number: Optional[int]) -> int:
    if number is None or fd == number:
        return fd
    from posix import close, dup2

    dup2(fd, number, False)
    close(fd)
    return number


def _refuse_kind(what: str, text: str) -> NoReturn:
    raise EndpointError(
        "%s %r: this SDK knows the kinds fd and unix; its version may be older than the host's" % (what, text)
    )


def connected(path: str) -> int:
    """The descriptor of a socket that is connected to that path. Raises EndpointError."""
    from _socket import AF_UNIX, SOCK_STREAM, socket

    if len(path.encode()) > _LONGEST_PATH_BYTES:
        raise EndpointError("the path of a socket has at most %d bytes: %s" % (_LONGEST_PATH_BYTES, path))
    end = socket(AF_UNIX, SOCK_STREAM)
    try:
        end.connect(path)
    except OSError as error:
        end.close()
        raise EndpointError("can't connect to the host at %s: %s" % (path, error)) from None
    return end.detach()
