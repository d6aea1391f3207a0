"""Runs calls one by one in the main thread, unless the plugin's author asks for several at once."""

from __future__ import annotations

from time import perf_counter

from .._author.actions import names_of
from .._calls.answers import Answers
from .._calls.input_streams import InlineInputStreams
from .._calls.unfinished import GENERATORS, Coroutine
from .._wire.frames import (
    CALL,
    CREDIT,
    HOST_FAILURE,
    HOST_RESULT,
    INPUT_CHUNK,
    INPUT_END,
    QUICK_SECONDS,
    RESULT,
    SHUTDOWN,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional

    from .._author.actions import Action
    from .._calls.connection import Connection
    from .._calls.coroutines import EventLoop
    from .._calls.streams import Streams


class CallsInTurn:
    # While the main thread waits for the next message no call runs.
    is_idle = True

    def __init__(self, connection: Connection, event_loop: Callable[[], EventLoop]) -> None:
        self._connection = connection
        self._event_loop = event_loop
        # Once there is one.
        self.events: Optional[EventLoop] = None
        self._actions: dict[str, Action] = {}
        self._answers = Answers(connection.data)
        self._inputs = connection.inputs = InlineInputStreams(connection)
        self._streams: Optional[Streams] = None
        # Results of these types are not the answer yet.
        self._unfinished = frozenset((Coroutine,))
        if connection.data.has_agreed("streams"):
            self._unfinished |= GENERATORS

    def serve(self, actions: dict[str, Action]) -> None:
        """Until SHUTDOWN. Answers go out together, but never later than the next wait or the next slow call."""
        self._actions = actions
        data, waiting = self._connection.data, self._connection.waiting
        is_leaving = False
        while not is_leaving or self._streams:
            if self._streams is not None:
                self._streams.serve()
                if is_leaving and not self._streams:
                    break
            if self.events is not None and self.events.has_work():
                self._work_on(self.events)
            message = waiting.pop(0) if waiting else data.next_message()
            kind = message[0]
            if kind == CALL:
                if len(message) > 5:
                    self._inputs.open(message)
                self._answer(message)
                message[3] = None  # the next message may be received into its memory
            elif kind == CREDIT:
                if self._streams is not None:
                    self._streams.credit(message[1], message[2])
            elif kind in (INPUT_CHUNK, INPUT_END):
                self._inputs.receive(message)
            elif kind == SHUTDOWN:
                is_leaving = True
            elif kind not in (HOST_RESULT, HOST_FAILURE):  # these answer calls that were given up
                raise RuntimeError("the host sent a message of unknown kind %r" % (kind,))
        data.flush()

    def _work_on(self, events: EventLoop) -> None:
        """Lets what was left on the event loop go on while there is no message."""
        data = self._connection.data
        if not self._connection.waiting and not data.reader.has_frame():
            data.flush()
            events.run_until_readable(data.reader.pollable())
            while data.reader.tells_more and not data.has_message():
                events.run_until_readable(data.reader.pollable())

    def _answer(self, message: Sequence[Any]) -> None:
        call, name = message[1], message[2]
        action = self._actions.get(name)
        if action is None:
            if len(message) > 5:
                self._inputs.end(call)
            self._answers.refuse_unknown(call, name, names_of(self._actions))
            return
        connection = self._connection
        if action.cost > QUICK_SECONDS:
            connection.data.flush()
        cancellation = connection.cancellation
        connection.running = message
        began = connection.began = perf_counter()
        result, error = cancellation.run(call, action.call, message[3])
        if type(result) in self._unfinished:
            if type(result) is Coroutine:
                result, error = self._run_coroutine(call, result)
            if type(result) in GENERATORS and type(result) in self._unfinished:
                self._begin_stream(message, result)
                return
        if len(message) > 5:
            self._inputs.end(call)
        was_cancelled = cancellation.was_requested_for(call)
        if error is None:
            self._answers.send_value(RESULT, call, result)
        else:
            self._answers.send_error(call, error, was_cancelled)
        action.took(perf_counter() - began)

    def _run_coroutine(self, call: int, coroutine: Any) -> tuple[Any, Optional[BaseException]]:
        try:
            return self._connection.cancellation.run(call, self._event_loop().run, coroutine)
        finally:
            coroutine.close()  # else Python warns of a coroutine that a cancel kept from starting

    def _begin_stream(self, message: Sequence[Any], generator: Any) -> None:
        if self._streams is None:
            from .._calls.streams import Streams

            run = self._event_loop
            streams = Streams(self._connection, self._answers, lambda coroutine: run().run(coroutine))
            self._streams = self._connection.streams = streams
        self._streams.begin(message, self._connection.began, generator)
