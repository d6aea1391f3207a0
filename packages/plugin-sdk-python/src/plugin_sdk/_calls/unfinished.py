"""Types of results that are not the answer yet: coroutines and generators."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


async def _nothing() -> None: ...


async def _none_asynchronously() -> Any:
    yield


def _type_of_coroutines() -> Any:
    coroutine = _nothing()
    coroutine.close()
    return type(coroutine)


Coroutine = _type_of_coroutines()
Generator = type(_ for _ in ())
AsyncGenerator = type(_none_asynchronously())
GENERATORS = frozenset((Generator, AsyncGenerator))
