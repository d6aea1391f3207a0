"""Refuses a transport that the plugin's author has not meant. Imported where `start_server` names one."""

from __future__ import annotations

from .._calls.failure import refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# As the registry names them.
TRANSPORTS = ("socket", "stdio", "grpc", "zeromq")


def check_name(transport: object) -> None:
    """Raises ValueError."""
    if transport not in TRANSPORTS:
        raise ValueError("start_server(transport=%r): there are %s" % (transport, ", ".join(TRANSPORTS)))


def mismatch(asked: str, given: str) -> dict[str, Any]:
    message = (
        "start_server(transport=%r) in its file, but by the registry it talks over %s: write `transport: %s` in its entry, "
        "or leave the argument out" % (asked, given, asked)
    )
    return refusal("PLUGIN_INVALID", message, {"mistakes": [{"message": message}]})
