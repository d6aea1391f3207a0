"""Makes text fit for the wire, from any value."""

from __future__ import annotations

# Characters of a wrong argument in an error.
LONGEST_SHOWN = 200


def readable(value: object, limit: int) -> str:
    """`str(value)`, at most `limit` characters of it, without lone surrogates; never raises."""
    try:
        text = str(value)
    except Exception as error:
        text = "<%s whose __str__ raised %s>" % (type(value).__name__, type(error).__name__)
    return bounded(text, limit)


def represented(value: object, limit: int = LONGEST_SHOWN) -> str:
    """`repr(value)`, likewise. Python writes no integer of more than some thousand digits, and says so by an exception."""
    try:
        text = repr(value)
    except Exception:
        digits = isinstance(value, int) and "an integer of %d bits" % value.bit_length()
        text = digits or "<%s that can't be shown>" % type(value).__name__
    return bounded(text, limit)


def bounded(text: str, limit: int) -> str:
    """Keeps both ends: a text begins with what it is about, and ends with where it happened."""
    if len(text) > limit:
        head = limit // 4
        text = "%s\n[... %d characters left out ...]\n%s" % (text[:head], len(text) - limit, text[head - limit :])
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "backslashreplace").decode()
    # A subclass of str may carry anything.
    return text if type(text) is str else "".join(text)
