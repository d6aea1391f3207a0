"""`context.lock`: a resource of the host's, for as long as a running call needs it. Imported when the first one is asked for."""

from __future__ import annotations

from .._calls.host_calls import RemoteError
from .._wire.frames import ACQUIRE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .._calls.host_calls import HostCalls


class Lock:
    """One wish, and what comes of it: `with`, `async with`, or `acquire` and `release`. It can be had again once it was released.

    What the call that has it does not release is released when that ends.
    """

    def __init__(self, host_calls: HostCalls, name: str, options: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError("the name of a resource is text, and not %r" % (name,))
        self.name = name
        # Grows from hold to hold of whatever resource; None while it is not had.
        self.token: Optional[int] = None
        self._host_calls = host_calls
        self._options = options
        # Under which number, and in which call, it was asked for.
        self._asked: Optional[tuple[int, int]] = None

    def acquire(self) -> Lock:
        """Waits for it. Raises `RemoteError`: RESOURCE_CONFLICT when the time is over, RESOURCE_DEADLOCK."""
        number = self._begin()
        try:
            self._granted(self._host_calls.ask(number, ACQUIRE, self.name, self._options))
        except BaseException as error:
            self._gave_up(error)
            raise
        return self

    async def acquire_async(self) -> Lock:
        """As `acquire`, for `async def`: where several calls run at the same time, the others go on meanwhile."""
        number = self._begin()
        try:
            self._granted(await self._host_calls.ask_async(number, ACQUIRE, self.name, self._options))
        except BaseException as error:
            self._gave_up(error)
            raise
        return self

    def release(self) -> None:
        """A second time it does nothing."""
        asked, self._asked, self.token = self._asked, None, None
        if asked is not None:
            self._host_calls.release(*asked)

    def __enter__(self) -> Lock:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    async def __aenter__(self) -> Lock:
        return await self.acquire_async()

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def _begin(self) -> int:
        if self._asked is not None:
            raise RuntimeError("this lock is held already, or being waited for: each `with` needs one of its own")
        call = self._host_calls.present(ACQUIRE)
        number = self._host_calls.number()
        self._asked = number, call
        return number

    def _granted(self, answer: Any) -> None:
        self.token = answer["token"]

    def _gave_up(self, error: BaseException) -> None:
        """It may be granted all the same: the host has to be told, unless it was the host that refused."""
        if isinstance(error, RemoteError):
            self._asked = None
        else:
            self.release()


def options_of(given: dict[str, Any]) -> dict[str, Any]:
    """As they cross: what was not given is the host's to choose. Seconds become milliseconds."""
    options = {name: value for name, value in given.items() if value is not None}
    for name, value in options.items():
        if not isinstance(value, _TYPES[name]):
            raise TypeError("%s of a lock can't be %r" % (name, value))
    for name in ("timeout", "ttl"):
        if name in options:
            options[name] *= 1000
    return options


_TYPES: dict[str, Any] = {
    "timeout": (int, float),
    "mode": str,
    "amount": int,
    "priority": (int, float),
    "ttl": (int, float),
}
