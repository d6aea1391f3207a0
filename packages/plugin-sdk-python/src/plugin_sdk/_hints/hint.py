"""A hint that has been read, and what does not fit it."""

from __future__ import annotations

from .._calls.answers import InputRejected
from .._calls.input_streams import InputStream
from .._codec.error import format_path
from .._codec.text import represented

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Callable, Optional

    from .._codec.error import PathStep

    Schema = dict[str, Any]
    Take = Callable[[Any], Any]

_LONGEST_SHOWN = 60
_SHOWN_AS_THEY_ARE = frozenset((str, int, float, bool, type(None)))
_NAMES: dict[type, str] = {dict: "a mapping", list: "a list", bytes: "bytes", InputStream: "a stream"}


class Unfit(InputRejected):
    """A value that its hint does not allow. Its path is gathered on the way out, so that values that fit pay nothing for it."""

    def __init__(self, detail: str, innermost_first: Iterable[PathStep] = ()) -> None:
        InputRejected.__init__(self, detail)
        self.detail = detail
        self._steps = list(innermost_first)

    def at(self, step: PathStep) -> Unfit:
        """This very refusal, for the container in which the value stands at `step`."""
        self._steps.append(step)
        return self

    @property
    def path(self) -> str:  # type: ignore[override]
        return format_path(self._steps)

    def __str__(self) -> str:
        return "%s: %s" % (self.path, self.detail)


class Hint:
    """`take` gives what the code is to get for a value: the value itself where it is that already. It raises Unfit.

    It never changes a value in place: another alternative of a union may have to look at it.
    """

    __slots__ = ("exact", "is_new", "schema", "take")

    def __init__(self, schema: Schema, take: Optional[Take], exact: Iterable[type] = (), is_new: bool = False) -> None:
        # JSON Schema of what `take` accepts.
        self.schema = schema
        # None: anything will do.
        self.take = take
        # Values of these types are what the code is to get: they need not be taken.
        self.exact = frozenset(exact)
        # What `take` gives is never the value itself.
        self.is_new = is_new


ANYTHING = Hint({}, None)

# The values of which unions have said already, while one value is looked at, that no alternative fits; by union and `id`.
# Otherwise a union inside a union would look at a value twice, one inside that four times, and so on.
FAILED: dict[tuple[object, int], object] = {}


def fitted(take: Take, value: Any) -> Any:
    """What `take` makes of a whole value."""
    try:
        return take(value)
    except RecursionError:
        raise Unfit("is nested too deeply for its hint") from None
    finally:
        if FAILED:
            FAILED.clear()


def unfit(value: object, wanted: str) -> Unfit:
    return Unfit("%s is not %s" % (shown(value), wanted))


def shown(value: object) -> str:
    kind = type(value)
    if kind in _SHOWN_AS_THEY_ARE:
        text = represented(value)
        return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return _NAMES.get(kind) or "a value of type %s" % kind.__name__


def one_of(names: Iterable[object]) -> str:
    listed = [shown(name) for name in names]
    return "one of %s" % ", ".join(listed) if len(listed) > 1 else "".join(listed)
