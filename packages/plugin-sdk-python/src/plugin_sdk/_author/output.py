"""What an action answers, as its return hint says. That describes the answers, and checks none of them."""

from __future__ import annotations

from .functions import is_generator
from .schema import Reader, with_definitions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._hints.hint import Schema


def describe_output(described: dict[str, Any], function: Any, owner: type) -> None:
    """Adds `output`, JSON Schema of the answer, or `stream` and the schema of each chunk. Nothing where the hint says nothing."""
    reader = Reader(function, owner, of_answer=True)
    schema, is_stream = _of_chunks(reader.hint("return").schema, is_generator(function))
    if is_stream:
        described["stream"] = True
    if schema:
        described["output"] = with_definitions(schema, reader.definitions)


def _of_chunks(schema: Schema, is_stream: bool) -> tuple[Schema, bool]:
    """What follows if the schema is one of streams: they are the answer itself, or nothing that can cross."""
    alternatives = schema.get("anyOf", [schema])
    streams = [each for each in alternatives if each.get("format") == "stream"]
    if is_stream:
        return (streams[0].get("items", {}) if streams else {}), True
    if not streams:
        return schema, False
    # An Iterable may be a stream or a list: only a call shows which.
    return (streams[0].get("items", {}), True) if len(alternatives) == 1 else ({}, False)
