"""Why a value or its bytes were refused; the same words as in packages/protocol/src/codec/codec-error.ts."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Union

    PathStep = Union[int, str]

MAX_DEPTH = 256

_LONGEST_KEY = 60
# A cycle gives a path of 257 steps; more than this many are cut in the middle.
_MOST_STEPS = 16
_STEPS_KEPT_AT_START = 8
_STEPS_KEPT_AT_END = 4
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class CodecError(ValueError):
    """A value that can't be encoded, or bytes that can't be decoded.

    ``reason`` is one of ``unsupported_type``, ``integer_range``, ``too_large``, ``non_string_key``, ``invalid_text``,
    ``invalid_timestamp``, ``too_deep``, ``truncated``, ``trailing_bytes``, ``duplicate_key``, ``reserved_byte``,
    ``unknown_extension``, ``invalid_array``, ``unexpected_body``. ``path`` says where, such as ``$.rows[3].name``.

    The path is gathered while the error passes through the containers on its way out, so that values that are fine pay
    nothing for it.
    """

    def __init__(self, reason: str, detail: str) -> None:
        ValueError.__init__(self, reason, detail)
        self.reason = reason
        self.detail = detail
        self.verb = "encode"
        self._steps: list[PathStep] = []  # innermost first

    @property
    def path(self) -> str:
        return format_path(self._steps)

    def __str__(self) -> str:
        return "cannot %s %s: %s" % (self.verb, self.path, self.detail)

    def passed_through(self, step: PathStep) -> None:
        """For the ``except`` of a container: notes where it was."""
        self._steps.append(step)


def too_deep() -> CodecError:
    return CodecError("too_deep", "more than %d arrays and maps inside one another, or a cycle" % MAX_DEPTH)


def format_path(innermost_first: Sequence[PathStep]) -> str:
    """Such as ``$.rows[3]["first name"]``."""
    steps = [_format_step(step) for step in reversed(innermost_first)]
    if len(steps) > _MOST_STEPS:
        steps[_STEPS_KEPT_AT_START:-_STEPS_KEPT_AT_END] = ["…"]
    return "$" + "".join(steps)


def _format_step(step: PathStep) -> str:
    if isinstance(step, int):
        return "[%d]" % step
    key = step if len(step) <= _LONGEST_KEY else step[:_LONGEST_KEY] + "…"
    if key.isascii() and key.isidentifier():
        return "." + key
    return '["%s"]' % "".join(map(_escape, key))


def _escape(character: str) -> str:
    """As JSON.stringify does it; the json module itself would cost 20 ms to import."""
    code = ord(character)
    if code < 0x20 or 0xD800 <= code < 0xE000:
        return _ESCAPES.get(character) or "\\u%04x" % code
    return _ESCAPES.get(character, character)
