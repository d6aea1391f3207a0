"""Hints with alternatives: Optional, Union."""

from __future__ import annotations

from .hint import FAILED, Hint, Unfit, unfit
from .plain import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


_NO_ALTERNATIVE = "what any alternative of its hint allows"


def any_of(alternatives: Sequence[Hint]) -> Hint:
    """The first alternative that a value is already; otherwise the first that it can become."""
    several = list(dict.fromkeys(alternatives))
    if len(several) == 1:
        return several[0]
    if any(each.take is None for each in several):
        return Hint({}, None)
    values = [each for each in several if each is not NOTHING]
    exact = frozenset().union(*(each.exact for each in several))
    mark = object()

    def take(value: Any) -> Any:
        if type(value) in exact or (value is None and len(values) < len(several)):
            return value
        if (mark, id(value)) in FAILED:
            raise unfit(value, _NO_ALTERNATIVE)
        found = refusal = None
        for each in values:
            if found is not None and each.is_new:
                continue
            try:
                taken = each.take(value)  # type: ignore[misc]
            except Unfit as error:
                refusal = error
                continue
            if taken is value:
                return value
            if found is None:
                found = taken
        if found is not None:
            return found
        if len(values) == 1 and refusal is not None:
            raise refusal
        FAILED[mark, id(value)] = value
        raise unfit(value, _NO_ALTERNATIVE)

    return Hint(_any_schema([each.schema for each in several]), take, exact)


def _any_schema(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    if all(list(schema) == ["type"] and type(schema["type"]) is str for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": schemas}
