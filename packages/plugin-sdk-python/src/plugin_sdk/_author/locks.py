"""`context.lock`: holds a resource of the host for a running call. Imported when a plugin asks for the first one."""

from __future__ import annotations

from .._calls.host_calls import RemoteError
from .._codec.text import represented
from .._wire.frames import ACQUIRE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .._calls.host_calls import HostCalls


class Lock:
    """A resource to hold: by `with`, `async with`, or `acquire` and `release`. After a release it can be acquired again.

    When the call ends, the host releases what the call still holds. `token` is larger than that of every earlier lease of any resource;
    None while the lock is not held.
    """

    def __init__(self, host_calls: HostCalls, name: str, options: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError("the name of a resource is text, and not %s" % represented(name))
        self.name = name
        # Each lease of any resource has a larger token than those before it. None while this lock is not held.
        self.token: Optional[int] = None
        self._host_calls = host_calls
        self._options = options
        # The number of the question, and the call that asked.
        self._asked: Optional[tuple[int, int]] = None

    def acquire(self) -> Lock:
        """Waits until it is granted. Raises `RemoteError`: RESOURCE_CONFLICT if the time runs out, RESOURCE_DEADLOCK."""
        number = self._begin()
        try:
            self._granted(self._host_calls.ask(number, ACQUIRE, self.name, self._options))
        except BaseException as error:
            self._gave_up(error)
            raise
        return self

    async def acquire_async(self) -> Lock:
        """As `acquire`, for `async def`: if several calls run at the same time, the others go on while this one waits."""
        number = self._begin()
        try:
            self._granted(await self._host_calls.ask_async(number, ACQUIRE, self.name, self._options))
        except BaseException as error:
            self._gave_up(error)
            raise
        return self

    def release(self) -> None:
        """A second call does nothing."""
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
        """Unless the host has refused it, it may still grant the lock: tell it that the lock is not wanted."""
        if isinstance(error, RemoteError):
            self._asked = None
        else:
            self.release()


def options_of(given: dict[str, Any]) -> dict[str, Any]:
    """The form on the wire. The host chooses what was not given. Seconds become milliseconds."""
    options = {name: value for name, value in given.items() if value is not None}
    for name, value in options.items():
        if not isinstance(value, _TYPES[name]):
            raise TypeError("%s of a lock can't be %s" % (name, represented(value)))
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
