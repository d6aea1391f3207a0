"""Reads what an action says about keeping its answers."""

from __future__ import annotations

from .._codec.text import represented

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping, Optional

    CacheSettings = Mapping[str, float]

_FORM = 'cache takes True, or a mapping such as {"ttl": 60, "max_entries": 1000, "max_bytes": 1000000}'
_MOST = 2**53 - 1


def cache_description(cache: Any) -> Optional[dict[str, float]]:
    """The form that READY has, with the time in milliseconds. None: the action is not pure."""
    if cache is False or cache is None:
        return None
    if cache is True:
        return {}
    try:
        settings = dict(cache)
    except (TypeError, ValueError):
        raise TypeError("%s, not %s" % (_FORM, represented(cache))) from None
    described: dict[str, float] = {}
    for name, value in settings.items():
        if name == "ttl":
            described["ttl"] = _seconds(value) * 1000
        elif name in ("max_entries", "max_bytes"):
            described[name] = _count(name, value)
        else:
            raise TypeError("cache has no %s; %s" % (represented(name), _FORM))
    return described


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("cache: ttl is a number of seconds, not %s" % represented(value))
    if not 0 < value <= _MOST / 1000:
        raise ValueError("cache: ttl is a number of seconds above 0, not %s" % represented(value))
    return value


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("cache: %s is a whole number, not %s" % (name, represented(value)))
    if not 0 < value <= _MOST:
        raise ValueError("cache: %s is a whole number above 0, not %s" % (name, represented(value)))
    return value
