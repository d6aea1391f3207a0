"""Runs consecutive hooks of a chain in one call. Imported only if a plugin has hooks."""

from __future__ import annotations

from time import perf_counter

from .._calls.answers import InputRejected
from .._calls.failure import describe, refusal
from .._calls.unfinished import Coroutine
from .._codec.codec import CodecError
from .hooks import Veto

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional

    from .hooks import Hook

# If a hook begins this long after the last sign of life it gives one: the host then knows that another hook takes the time.
_SIGN_SECONDS = 0.1
_FAILED = object()


def runner_of(hooks: Sequence[Hook], give_sign: Callable[[], None]) -> Callable[[Any], Any]:
    """The action that the host calls to run them."""
    events: dict[str, dict[str, Hook]] = {}
    for hook in hooks:
        events.setdefault(hook.description["event"], {})[hook.description["name"]] = hook

    def run_hooks(request: Any) -> Any:
        event = request["event"]
        return _Run(events.get(event, {}), event, request["hooks"], request["data"], give_sign).run()

    return run_hooks


class _Run:
    """Each hook gets what the one before it returned. The first that fails or vetoes ends the run."""

    __slots__ = (
        "_completed",
        "_data",
        "_ending",
        "_event",
        "_give_sign",
        "_hooks",
        "_is_changed",
        "_last_sign",
        "_names",
    )

    def __init__(
        self,
        hooks: dict[str, Hook],
        event: str,
        names: Sequence[str],
        data: Any,
        give_sign: Callable[[], None],
    ) -> None:
        self._hooks = hooks
        self._event = event
        self._names = names
        self._data = data
        self._give_sign = give_sign
        self._completed = 0
        # Whether the data differs from what the host sent.
        self._is_changed = False
        self._ending: Optional[dict[str, Any]] = None
        self._last_sign = perf_counter()

    def run(self) -> Any:
        """The answer, or a coroutine of it if a hook is one."""
        count = len(self._names)
        while self._completed < count and self._ending is None:
            value = self._call()
            if type(value) is Coroutine:
                return self._run_on(value)
            self._take(value)
        return self._answer()

    async def _run_on(self, coroutine: Any) -> Any:
        try:
            value = await coroutine
        except (Exception, SystemExit) as error:
            value = self._fail(error)
        self._take(value)
        answer = self.run()
        return await answer if type(answer) is Coroutine else answer

    def _call(self) -> Any:
        if self._completed:
            now = perf_counter()
            if now - self._last_sign > _SIGN_SECONDS:
                self._last_sign = now
                self._give_sign()
        try:
            hook = self._hooks.get(self._names[self._completed])
            if hook is None:
                raise LookupError("the plugin has no hook %r of event %r" % (self._names[self._completed], self._event))
            # The host keeps what it sent, so the first hook, or a last audit, may work on this copy even if it fails half-way.
            if self._is_changed or (not hook.is_transform and self._completed + 1 < len(self._names)):
                return hook.call(copied(self._data))
            return hook.call(self._data)
        except (Exception, SystemExit) as error:
            return self._fail(error)

    def _take(self, value: Any) -> None:
        if value is _FAILED:
            return
        if self._hooks[self._names[self._completed]].is_transform:
            if value is None and self._data is not None:
                self._ending = {"kind": "invalid", "reason": "returned nothing"}
                return
            self._data = value
            self._is_changed = True
        self._completed += 1

    def _fail(self, error: BaseException) -> Any:
        if isinstance(error, Veto):
            self._ending = {"kind": "veto", "reason": str(error) or "no reason given"}
        else:
            self._ending = {"kind": "failure", "failure": _failure_of(error)}
        return _FAILED

    def _answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"completed": self._completed}
        if self._is_changed:
            answer["data"] = self._data
        if self._ending is not None:
            answer["ending"] = self._ending
        return answer


def _failure_of(error: BaseException) -> dict[str, Any]:
    if isinstance(error, InputRejected):
        return refusal("INPUT_REJECTED", str(error), {"path": error.path})
    return describe(error, "PLUGIN_RAISED")


# Types that can't be changed in place; most values have one of them.
_CONSTANT = frozenset((str, int, float, bool, bytes, type(None)))
_IMMUTABLE = (str, int, float, bytes)


def copied(value: Any) -> Any:
    """A copy that shares nothing with `value` that can be changed in place, for every type that crosses the wire."""
    kind = type(value)
    if kind in _CONSTANT:
        return value
    if kind is dict:
        copy = value.copy()
        for key, item in value.items():
            if type(item) not in _CONSTANT:
                copy[key] = copied(item)
        return copy
    if kind is list or kind is tuple:
        return kind([item if type(item) in _CONSTANT else copied(item) for item in value])
    if kind is bytearray:
        return bytearray(value)
    if kind is memoryview:
        if value.readonly or not value.nbytes:
            return value
        return memoryview(bytearray(value)).cast(value.format, value.shape)
    if hasattr(value, "dtype") and hasattr(value, "copy"):
        return value.copy()
    if isinstance(value, (list, tuple)):
        return copied(list(value))
    if isinstance(value, _IMMUTABLE) or hasattr(value, "utcoffset"):
        return value
    from .._codec.plain_form import plain_form

    try:
        return copied(plain_form(value))
    except CodecError:
        return value  # the answer says so
