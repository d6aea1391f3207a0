"""Opens the endpoint that the host names. Only this file knows which kinds there are.

`fd:3,4`      two sockets that this process was given, data and control
`unix:PATH`   a folder in which the host listens on two sockets, `data` and `control`, such as one mounted into a container
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

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
        return Endpoint(_connected(where + "/data"), _connected(where + "/control"))
    _refuse_kind("endpoint", text)


def open_lifeline(text: str) -> int:
    """`fd:5`, or `unix:PATH` of a socket on which the host listens. Raises EndpointError."""
    kind, _, where = text.partition(":")
    if kind == "fd" and where.isdigit():
        return int(where)
    if kind == "unix":
        return _connected(where)
    _refuse_kind("lifeline", text)


def _refuse_kind(what: str, text: str) -> NoReturn:
    raise EndpointError(
        "%s %r: this SDK knows the kinds fd and unix; its version may be older than the host's" % (what, text)
    )


def _connected(path: str) -> int:
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
