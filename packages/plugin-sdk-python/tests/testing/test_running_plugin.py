"""A plugin in a test behaves as it does behind a host."""

import dataclasses
import signal
import time

import pytest

from plugin_sdk import Cancelled, InputStream, PluginBase, RemoteError, Veto, action, hook
from plugin_sdk.testing import CallFailed, LogLine, RunningPlugin, fake_host, start_plugin

__all__ = ["fake_host", "start_plugin"]

SPAN = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Sample(PluginBase):
    def initialize(self, config):
        self.greeting = config.get("greeting", "Hello")
        self.has_begun = self.is_clean = False

    def execute(self, input_data):
        return input_data

    @action
    def greet(self, name: str) -> str:
        """Says hello."""
        return "%s, %s!" % (self.greeting, name)

    @action
    async def later(self, number: int):
        import asyncio

        await asyncio.sleep(0)
        return number + 1

    @action
    def point(self):
        return {"point": Point(1, 2), "pair": (1, 2)}

    @action
    def odd_key(self):
        return {"rows": [{1: 2}]}

    @action
    def fail(self):
        raise LookupError("nothing here")

    @action
    def leave(self):
        raise SystemExit(3)

    @action
    def count(self, to: int):
        try:
            for number in range(to):
                yield number
            return "done"
        finally:
            self.counted = True

    @action
    def count_badly(self):
        yield 1
        raise LookupError("no more")

    @action
    def count_oddly(self):
        try:
            while True:
                yield 1
        finally:
            raise OSError("on closing")

    @action
    async def count_later(self, to: int):
        for number in range(to):
            yield number

    @action
    def total(self, rows: InputStream):
        return sum(rows)

    @action
    async def total_later(self, rows: InputStream):
        return sum([row async for row in rows])

    @action
    def first(self, rows: InputStream):
        return next(rows)

    @action
    def wait(self):
        try:
            self.has_begun = True
            time.sleep(60)
        finally:
            self.is_clean = True

    @action
    async def wait_later(self):
        import asyncio

        try:
            self.has_begun = True
            await asyncio.sleep(60)
        finally:
            self.is_clean = True

    @action
    def stubborn(self):
        try:
            time.sleep(60)
        except Cancelled:
            return "had to finish"

    @action
    def time_left(self):
        return self.context.deadline

    @action
    def ask(self, city: str):
        with self.context.lock("maps", amount=2, timeout=3):
            self.context.progress(0.5, "half")
            return self.context.call("geo", {"city": city}, timeout=2, traceparent=SPAN)

    @action
    async def ask_later(self, city: str):
        async with self.context.lock("maps"):
            return await self.context.call_async("geo", city, action="find")

    @action
    def swallow(self):
        try:
            return self.context.call("geo")
        except Exception:
            return None

    @hook("pre_process", priority=10)
    def last(self, data):
        return {**data, "order": [*data["order"], "last"]}

    @hook("pre_process", priority=90)
    async def first_of_all(self, data):
        return {**data, "order": [*data["order"], "first"]}

    @hook("check", mode="audit")
    def refuse(self, data):
        if data == "bad":
            raise Veto("it is bad")
        return {}["missing"]

    @hook("forget")
    def forget(self, data):
        data["a"] = 1


@pytest.fixture
def sample(start_plugin):
    return start_plugin(Sample)


def test_actions_get_what_their_hints_promise(start_plugin):
    plugin = start_plugin(Sample, {"greeting": "Hi"})
    assert plugin.call({"name": "Ada"}, "greet") == "Hi, Ada!"
    assert plugin.call({"number": 2.0}, "later") == 3
    assert plugin.actions["greet"]["description"] == "Says hello."
    assert plugin.metadata == {"id": "plugin"}
    with pytest.raises(CallFailed, match=r"INPUT_REJECTED: \$\.name: 3 is not text") as refused:
        plugin.call({"name": 3}, "greet")
    assert (refused.value.code, refused.value.data) == ("INPUT_REJECTED", {"path": "$.name"})
    with pytest.raises(CallFailed, match="ACTION_UNKNOWN"):
        plugin.call({}, "great")


def test_values_cross_as_they_do_to_a_host(sample):
    given = {"rows": [1, {"deep": b"x" * 100_000}], "pair": (1, 2)}
    got = sample.call(given)
    assert got == {"rows": [1, {"deep": b"x" * 100_000}], "pair": [1, 2]}
    assert got["rows"] is not given["rows"]
    assert sample.call(None, "point") == {"point": {"x": 1, "y": 2}, "pair": [1, 2]}
    with pytest.raises(CallFailed, match="a key of type int") as refused:
        sample.call(None, "odd_key")
    assert (refused.value.code, refused.value.data) == ("RESULT_NOT_ENCODABLE", {"path": "$.rows[0]"})
    with pytest.raises(CallFailed, match=r"INPUT_NOT_ENCODABLE: cannot encode \$\.when") as refused:
        sample.call({"when": object()})
    with pytest.raises(ValueError, match="cannot encode"):
        RunningPlugin(Sample, {"when": object()})


def test_what_the_plugin_raises_comes_out_as_it_is(sample):
    with pytest.raises(LookupError, match="nothing here") as raised:
        sample.call(None, "fail")
    assert raised.traceback[-1].name == "fail"
    with pytest.raises(SystemExit):
        sample.call(None, "leave")
    assert sample.call(1) == 1


@pytest.mark.parametrize("name", ["count", "count_later"])
def test_a_generator_is_a_stream(sample, name):
    stream = sample.call({"to": 100}, name)
    assert next(stream) == 0
    assert sample.call("meanwhile") == "meanwhile"
    assert list(stream) == list(range(1, 100))
    assert stream.result == ("done" if name == "count" else None)


def test_a_stream_that_fails_raises_it_behind_what_it_has_brought(sample):
    stream = sample.call(None, "count_badly")
    assert next(stream) == 1
    with pytest.raises(LookupError, match="no more"):
        next(stream)


def test_a_stream_that_is_closed_ends_its_generator(sample):
    stream = sample.call({"to": 10**9}, "count")
    assert [next(stream) for _ in range(50)] == list(range(50))
    stream.close()
    assert sample.plugin.counted
    assert list(stream) == []
    odd = sample.call(None, "count_oddly")
    assert next(odd) == 1
    with pytest.raises(OSError, match="on closing"):
        odd.close()


@pytest.mark.parametrize("name", ["total", "total_later"])
def test_an_iterator_is_an_input_stream(sample, name):
    assert sample.call(iter(range(1000)), name) == 499500
    assert sample.call({"rows": iter(range(3))}, name) == 3
    closed = []

    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    assert sample.call({"rows": endless()}, "first") == 1
    assert closed == [True]


@pytest.mark.parametrize("name", ["wait", "wait_later"])
@pytest.mark.parametrize(
    ("limit", "error", "text"), [("cancel_after", Cancelled, None), ("timeout", CallFailed, "CALL_TIMEOUT")]
)
def test_a_call_is_cancelled_where_it_waits(sample, name, limit, error, text):
    for seconds in (0.02, 0.2, 2.0, 20.0):  # a busy machine may not have begun the call after the first of them
        with pytest.raises(error, match=text):
            sample.call(None, name, **{limit: seconds})
        if sample.plugin.has_begun:
            break
    assert sample.plugin.has_begun
    assert sample.plugin.is_clean


@pytest.mark.parametrize("name", ["wait", "wait_later"])
def test_a_call_that_is_cancelled_at_once_does_not_begin(sample, name):
    with pytest.raises(Cancelled):
        sample.call(None, name, cancel_after=0)
    assert not sample.plugin.has_begun
    assert sample.call(1) == 1


def test_a_plugin_may_answer_although_it_was_cancelled(sample):
    assert sample.call(None, "stubborn", cancel_after=0.02) == "had to finish"


def test_the_deadline_is_what_the_call_has_left(sample):
    assert sample.call(None, "time_left") is None
    assert 50 < sample.call(None, "time_left", timeout=60) <= 60


def test_what_a_plugin_asks_for_is_noted_and_answered(sample, fake_host):
    fake_host.answer("geo", lambda value: {"found": value["city"]})
    assert sample.call({"city": "Oslo"}, "ask") == {"found": "Oslo"}
    assert fake_host.calls == [("geo", "execute", {"city": "Oslo"}, 2, SPAN)]
    assert fake_host.progress == [(0.5, "half")]
    (lock,) = fake_host.locks
    assert (lock.name, lock.amount, lock.timeout, lock.mode) == ("maps", 2, 3, None)
    assert lock.granted and lock.released
    fake_host.answer("geo", "here", action="find")
    assert sample.call({"city": "Oslo"}, "ask_later") == "here"


def test_other_plugins_fail_and_resources_are_held_as_the_test_says(sample, fake_host):
    fake_host.answer("geo", RemoteError("PLUGIN_RAISED", "no such city", {"city": "Oslo"}))
    with pytest.raises(RemoteError, match="no such city") as failed:
        sample.call({"city": "Oslo"}, "ask")
    assert (failed.value.code, failed.value.data) == ("PLUGIN_RAISED", {"city": "Oslo"})
    fake_host.withhold("maps")
    with pytest.raises(RemoteError) as refused:
        sample.call({"city": "Oslo"}, "ask")
    assert refused.value.code == "RESOURCE_CONFLICT"
    assert not fake_host.locks[-1].granted


def test_a_mistake_of_the_test_fails_it_even_if_the_plugin_swallows_it(sample, fake_host):
    with pytest.raises(LookupError, match=r"fake_host\.answer\('geo', …\)"):
        sample.call(None, "swallow")
    fake_host.answer("geo", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        sample.call(None, "swallow")
    fake_host.answer("geo", object())
    with pytest.raises(TypeError, match="what the test answers can't be sent"):
        sample.call(None, "swallow")
    fake_host.answer("geo", 7)
    assert sample.call(None, "swallow") == 7


def test_an_answer_can_cancel_the_call(sample, fake_host):
    fake_host.answer("geo", lambda _: sample.cancel())
    with pytest.raises(Cancelled):
        sample.call({"city": "Oslo"}, "ask")
    assert fake_host.locks[0].released
    with pytest.raises(RuntimeError, match="no call runs"):
        sample.cancel()


def test_hooks_run_by_priority(sample):
    assert sample.hook("pre_process", {"order": []}) == {"order": ["first", "last"]}
    with pytest.raises(Veto, match="it is bad"):
        sample.hook("check", "bad")
    with pytest.raises(CallFailed, match="HOOK_FAILED: KeyError: 'missing'"):
        sample.hook("check", "good")
    with pytest.raises(CallFailed, match="HOOK_RESULT_INVALID: returned nothing"):
        sample.hook("forget", {})
    with pytest.raises(CallFailed, match="HOOK_NOT_OFFERED"):
        sample.hook("no_such", {})


class Loud(PluginBase):
    def __init__(self):
        self.context.log.debug("made")

    async def initialize(self, config):
        self.context.log.warning("starting", size=len(config))

    def execute(self, input_data):
        return 1

    def cleanup(self):
        raise OSError("can't close")


def test_it_is_made_started_and_ended_as_a_host_does(fake_host, capsys):
    handler = signal.getsignal(40)
    plugin = RunningPlugin(Loud, {"a": 1}, host=fake_host, id="loud")
    assert plugin.metadata == {"id": "loud"}
    assert fake_host.log == [LogLine("debug", "made", {}), ("warn", "starting", {"size": 1})]
    assert "[warn] starting size=1" in capsys.readouterr().err
    with pytest.raises(RuntimeError, match="one plugin at a time"):
        RunningPlugin(Sample)
    with pytest.raises(OSError, match="can't close"):
        plugin.close()
    plugin.close()
    with pytest.raises(RuntimeError, match="closed"):
        plugin.call()
    assert signal.getsignal(40) == handler
    with RunningPlugin(Sample()) as other:
        assert other.call(3) == 3


def test_a_plugin_that_cannot_start_says_why_and_leaves_nothing(start_plugin):
    class Broken(PluginBase):
        def initialize(self, config):
            raise KeyError("token")

        def execute(self, input_data):
            return 1

    with pytest.raises(KeyError, match="token"):
        start_plugin(Broken)
    assert start_plugin(Sample).call(1) == 1
