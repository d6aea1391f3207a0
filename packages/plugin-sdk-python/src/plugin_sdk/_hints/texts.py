"""Hints of classes whose values cross as text or as a number: dates and times, paths, decimals, UUIDs."""

from __future__ import annotations

import sys

from .hint import Hint, unfit
from .plain import NUMBER, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .hint import Schema, Take

_FRACTION_DIGITS = 6
_MIDNIGHTS = ("T00:00", "T00:00:00")


def text_hint(cls: type) -> Optional[Hint]:
    """None if it is no such class."""
    module = cls.__module__.partition(".")[0]
    reader = _READERS.get((module, cls.__name__))
    if reader is not None:
        return Hint(reader[0], reader[1](cls), (cls,))
    if any(base.__name__ == "PurePath" for base in cls.__mro__):
        return Hint({"type": "string", "format": "path"}, _from_text(cls), (cls,))
    if module == "os" and cls.__name__ == "PathLike":
        from pathlib import Path

        return Hint({"type": "string", "format": "path"}, _from_text(Path))
    return None


def _from_text(cls: Any) -> Take:
    def take(value: Any) -> Any:
        text = TEXT.take(value)  # type: ignore[misc]
        try:
            return cls(text)
        except Exception:
            raise unfit(value, "a valid %s" % cls.__name__) from None

    return take


def _decimal(cls: Any) -> Take:
    from_text = _from_text(cls)

    def take(value: Any) -> Any:
        # A float as it is written: 1.1 is meant, not 1.100000000000000088817841970012523.
        return from_text(repr(value) if type(value) in (int, float) else value)

    return take


def _timestamp(cls: Any) -> Take:
    """pandas.Timestamp, which is a datetime."""
    instant = _datetime(cls)

    def take(value: Any) -> Any:
        if type(value) is cls:
            return value
        found = instant(value)
        return cls(value if type(value) is str else found)  # which keeps the nanoseconds of a text

    return take


def _datetime(cls: Any) -> Take:
    def take(value: Any) -> Any:
        from datetime import datetime

        if isinstance(value, datetime):
            return value
        return _parsed(value, datetime.fromisoformat, "a date and time in ISO 8601")

    return take


def _date(cls: Any) -> Take:
    def take(value: Any) -> Any:
        from datetime import datetime, timedelta, timezone

        if isinstance(value, datetime):
            # JavaScript has no other dates.
            day = value.astimezone(timezone.utc)
            if day - day.replace(hour=0, minute=0, second=0, microsecond=0) == timedelta():
                return day.date()
        if type(value) is str and value[10:] in _MIDNIGHTS:  # what a table calls a date
            value = value[:10]
        return _parsed(value, cls.fromisoformat, "a date in ISO 8601")

    return take


def _time(cls: Any) -> Take:
    return lambda value: _parsed(value, cls.fromisoformat, "a time in ISO 8601")


def _timedelta(cls: Any) -> Take:
    def take(value: Any) -> Any:
        seconds = NUMBER.take(value)  # type: ignore[misc]
        try:
            return cls(seconds=seconds)
        except (ValueError, OverflowError):
            raise unfit(value, "a number of seconds") from None

    return take


def _parsed(value: Any, parse: Callable[[str], Any], wanted: str) -> Any:
    if type(value) is str:
        try:
            return parse(value if sys.version_info >= (3, 11) else _as_older_pythons_read_it(value))
        except ValueError:
            pass
    raise unfit(value, wanted)


def _as_older_pythons_read_it(text: str) -> str:
    """Before 3.11 there is no Z, and a fraction has three or six digits."""
    if text[-1:] in ("Z", "z"):
        text = text[:-1] + "+00:00"
    before, dot, behind = text.partition(".")
    if not dot:
        return text
    digits = len(behind) - len(behind.lstrip("0123456789"))
    return before + dot + behind[:digits][:_FRACTION_DIGITS].ljust(_FRACTION_DIGITS, "0") + behind[digits:]


_READERS: dict[tuple[str, str], tuple[Schema, Callable[[Any], Take]]] = {
    ("datetime", "datetime"): ({"type": "string", "format": "date-time"}, _datetime),
    ("datetime", "date"): ({"type": "string", "format": "date"}, _date),
    ("datetime", "time"): ({"type": "string", "format": "time"}, _time),
    ("datetime", "timedelta"): ({"type": "number", "description": "seconds"}, _timedelta),
    ("pandas", "Timestamp"): ({"type": "string", "format": "date-time"}, _timestamp),
    ("decimal", "Decimal"): ({"type": ["string", "number"], "format": "decimal"}, _decimal),
    ("fractions", "Fraction"): ({"type": ["string", "number"], "format": "fraction"}, _decimal),
    ("uuid", "UUID"): ({"type": "string", "format": "uuid"}, _from_text),
    **{
        ("ipaddress", name): ({"type": "string", "format": name[:4].lower()}, _from_text)
        for name in ("IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network", "IPv4Interface", "IPv6Interface")
    },
}
