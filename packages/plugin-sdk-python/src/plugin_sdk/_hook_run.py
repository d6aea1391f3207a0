"""Runs hooks that follow each other in a chain, in one call. Imported only where a plugin has hooks."""

from __future__ import annotations

from time import perf_counter

from ._hooks import Veto
from ._unfinished import Coroutine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional

    from ._hooks import Hook

    Describe = Callable[[BaseException, str], Any]

_FAILED = object()
# A hook that begins longer after the last sign of life gives one: the host then knows that it is another one that takes long.
_SIGN_SECONDS = 0.1


def runner_of(hooks: Sequence[Hook], describe: Describe, give_sign: Callable[[], None]) -> Callable[[Any], Any]:
    """The action that the host calls for them."""
    calls = {(hook.description["event"], hook.description["name"]): hook.call for hook in hooks}

    def run_hooks(request: Any) -> Any:
        return _Run(calls, request, describe, give_sign).run()

    return run_hooks


class _Run:
    """Each hook gets what the one before it returned; the first that does not come to its end is the last."""

    def __init__(self, calls: dict[Any, Any], request: Any, describe: Describe, give_sign: Callable[[], None]) -> None:
        self._calls = calls
        self._describe = describe
        self._give_sign = give_sign
        self._last_sign = perf_counter()
        self._event = request["event"]
        self._hooks = request["hooks"]
        self._data = request["data"]
        self._completed = 0
        # Whether the data is no longer what the host has.
        self._is_changed = False
        self._ending: Optional[dict[str, Any]] = None

    def run(self) -> Any:
        """The answer; a coroutine of it from the first hook on that is one."""
        while self._goes_on:
            value = self._call()
            if type(value) is Coroutine:
                return self._run_on(value)
            self._take(value)
        return self._answer()

    async def _run_on(self, value: Any) -> Any:
        while True:
            if type(value) is Coroutine:
                value = await self._finish(value)
            self._take(value)
            if not self._goes_on:
                return self._answer()
            value = self._call()

    @property
    def _goes_on(self) -> bool:
        return self._ending is None and self._completed < len(self._hooks)

    def _call(self) -> Any:
        hook = self._hooks[self._completed]
        now = perf_counter()
        if now - self._last_sign > _SIGN_SECONDS:
            self._last_sign = now
            self._give_sign()
        try:
            call = self._calls.get((self._event, hook["name"]))
            if call is None:
                raise LookupError("the plugin has no hook %r of event %r any more" % (hook["name"], self._event))
            return call(self._own_data(hook["mode"]))
        except (Exception, SystemExit) as error:
            return self._fail(error)

    async def _finish(self, coroutine: Any) -> Any:
        try:
            return await coroutine
        except (Exception, SystemExit) as error:
            return self._fail(error)

    def _own_data(self, mode: str) -> Any:
        """A copy where somebody sees the data behind this hook that must not see what it does to it in place.

        The host still has what it sent, so a hook that fails may spoil that here.
        """
        is_last = self._completed + 1 == len(self._hooks)
        if self._is_changed or (mode != "transform" and not is_last):
            return copied(self._data)
        return self._data

    def _take(self, value: Any) -> None:
        if value is _FAILED:
            return
        if self._hooks[self._completed]["mode"] == "transform":
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
            self._ending = {"kind": "failure", "failure": self._describe(error, "PLUGIN_RAISED")}
        return _FAILED

    def _answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"completed": self._completed}
        if self._is_changed:
            answer["data"] = self._data
        if self._ending is not None:
            answer["ending"] = self._ending
        return answer


def copied(value: Any) -> Any:
    """What came over the wire can be changed in place only where it is one of these."""
    kind = type(value)
    if kind is dict:
        return {key: copied(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return kind(copied(item) for item in value)
    if kind is bytearray:
        return bytearray(value)
    if kind is memoryview:
        if value.readonly or not value.nbytes:
            return value
        return memoryview(bytearray(value)).cast(value.format, value.shape)
    if hasattr(value, "dtype") and hasattr(value, "copy"):
        return value.copy()
    return value
