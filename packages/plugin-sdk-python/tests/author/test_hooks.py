import collections
import dataclasses
import datetime

import pytest

from plugin_sdk import PluginBase, Veto, action, hook
from plugin_sdk._author.hook_run import copied
from plugin_sdk._author.hooks import collect_hooks
from plugin_sdk._wire import frames as wire

PLUGIN = """
    import asyncio, time
    from plugin_sdk import PluginBase, Veto, action, hook

    class Plugin(PluginBase):
        def initialize(self, config):
            self.kept = []

        @hook("event", priority=80, before=["last"], after="guard", timeout=0.5, on_error="skip")
        def first(self, data):
            self.kept.append(data)
            return {**data, "first": True}

        @hook("event", mode="audit")
        async def looks(self, data):
            await asyncio.sleep(0)
            data["audit"] = True
            if data.get("bad"):
                raise Veto("it is bad")

        @hook("event")
        @hook("other", mode="notify")
        def last(self, data):
            data["last"] = True
            return data

        @hook("event")
        def fails(self, data):
            data["half"] = True
            raise ValueError("not today")

        @hook("event")
        async def fails_later(self, data):
            await asyncio.sleep(0)
            raise SystemExit(3)

        @hook("event")
        def nothing(self, data):
            pass

        @hook("event")
        def slow(self, data):
            time.sleep(0.15)
            return data

        @hook("event")
        def no_data(self, data):
            return object()

        @action
        def known(self):
            return self.kept
"""


def run(host, names, data):
    return host.call({"event": "event", "hooks": names, "data": data}, wire.HOOKS_ACTION)


def test_ready_describes_the_hooks_and_lists_no_action_of_them(start):
    ready = start(PLUGIN).ready
    assert list(ready["actions"]) == ["known"]
    described = {(each["event"], each["name"]): each for each in ready["hooks"]}
    assert described["event", "first"] == {
        "event": "event",
        "name": "first",
        "priority": 80,
        "mode": "transform",
        "before": ["last"],
        "after": ["guard"],
        "timeout": 500.0,
        "on_error": "skip",
    }
    assert described["other", "last"]["mode"] == "notify"
    assert described["event", "last"] == {
        "event": "event",
        "name": "last",
        "priority": 50,
        "mode": "transform",
        "before": [],
        "after": [],
        "timeout": None,
        "on_error": "fail",
    }


def test_a_plugin_without_hooks_says_nothing_of_them(start):
    host = start("from plugin_sdk import PluginBase\nclass Plugin(PluginBase):\n    def execute(self, value): pass\n")
    assert "hooks" not in host.ready
    assert host.fail({}, wire.HOOKS_ACTION)["code"] == "ACTION_UNKNOWN"


@pytest.mark.parametrize("concurrency", [1, 4])
def test_hooks_run_one_after_the_other_in_one_call(start, concurrency):
    host = start(PLUGIN, concurrency=concurrency)
    answer = run(host, ["first", "looks", "last"], {"a": 1})
    assert answer == {"completed": 3, "data": {"a": 1, "first": True, "last": True}}
    assert host.call(None, "known") == [{"a": 1}]


def test_an_audit_changes_nothing_and_sends_nothing_back(start):
    host = start(PLUGIN)
    assert run(host, ["looks"], {"a": 1}) == {"completed": 1}
    veto = run(host, ["looks", "first"], {"bad": True})
    assert veto == {"completed": 0, "ending": {"kind": "veto", "reason": "it is bad"}}


def test_a_failure_ends_it_with_the_data_as_it_was_before(start):
    host = start(PLUGIN)
    answer = run(host, ["first", "fails", "last"], {})
    failure = answer["ending"].pop("failure")
    assert answer == {"completed": 1, "data": {"first": True}, "ending": {"kind": "failure"}}
    assert (failure["type"], failure["message"]) == ("ValueError", "not today")
    assert "in fails" in failure["traceback"] and "_hook_run" not in failure["traceback"]
    later = run(host, ["first", "fails_later"], {})
    assert later["ending"]["failure"]["message"] == "called exit with status 3"
    assert later["data"] == {"first": True}


def test_nothing_is_no_data_unless_it_was_nothing(start):
    host = start(PLUGIN)
    answer = run(host, ["first", "nothing"], {})
    assert answer == {
        "completed": 1,
        "data": {"first": True},
        "ending": {"kind": "invalid", "reason": "returned nothing"},
    }
    assert run(host, ["nothing"], None) == {"completed": 1, "data": None}


def test_what_can_not_be_sent_is_told_as_of_every_call(start):
    number = (host := start(PLUGIN)).begin({"event": "event", "hooks": ["no_data"], "data": 1}, wire.HOOKS_ACTION)
    kind, failure = host.answer(number)
    assert kind == wire.FAILURE and failure["code"] == "RESULT_NOT_ENCODABLE"


def test_a_hook_that_is_not_there_any_more_is_a_failure(start):
    answer = run(start(PLUGIN), ["gone"], {})
    assert "no hook 'gone' of event 'event'" in answer["ending"]["failure"]["message"]


def test_a_hook_behind_a_slow_one_gives_a_sign(start):
    host = start(PLUGIN)
    answer = run(host, ["slow", "slow", "first"], {})
    assert answer["completed"] == 3
    signs = [host.receive_control() for _ in range(2)]
    assert [sign[0] for sign in signs] == [wire.PROGRESS, wire.PROGRESS]


def test_a_cancel_ends_the_call_not_only_the_hook(start):
    host = start(PLUGIN.replace("time.sleep(0.15)", "self.context.log.info('asleep'); time.sleep(3600)"))
    number = host.begin({"event": "event", "hooks": ["slow"], "data": {}}, wire.HOOKS_ACTION)
    host.next_log()
    host.cancel(number)
    kind, failure = host.answer(number)
    assert kind == wire.FAILURE and failure["code"] == "CALL_CANCELLED"


# --- the decorator


def test_an_override_keeps_the_mark_or_has_its_own():
    class Base(PluginBase):
        @hook("one")
        @hook("two")
        def kept(self, data):
            return data

        @hook("one")
        def changed(self, data):
            return data

        @hook("one")
        def gone(self, data):
            return data

    class Derived(Base):
        def kept(self, data):
            return [data]

        @hook("three")
        def changed(self, data):
            return data

        gone = None

    hooks = collect_hooks(Derived())
    assert [(each.description["event"], each.description["name"]) for each in hooks] == [
        ("one", "kept"),
        ("two", "kept"),
        ("three", "changed"),
    ]
    assert hooks[0].call("a") == ["a"]


def test_static_and_class_methods_and_actions_can_be_hooks():
    class Plugin(PluginBase):
        @hook("one")
        @staticmethod
        def static(data):
            return data

        @classmethod
        @hook("one")
        def of_class(cls, data, more=1):
            return data

        @action
        @hook("one")
        def both(self, data):
            return data

    assert [each.call("a") for each in collect_hooks(Plugin())] == ["a", "a", "a"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((len,), {}, "needs the name of its event"),
        (("",), {}, "needs the name of its event"),
        (("event",), {"priority": "high"}, "takes a number, not 'high'"),
        (("event",), {"priority": True}, "takes a number, not True"),
        (("event",), {"priority": float("nan")}, "takes a number, not nan"),
        (("event",), {"mode": "tranform"}, "takes 'transform', 'audit', 'notify', not 'tranform'"),
        (("event",), {"on_error": None}, "takes 'fail', 'skip', 'disable', not None"),
        (("event",), {"timeout": 0}, "a number of seconds over 0, not 0"),
        (("event",), {"timeout": "5s"}, "a number of seconds over 0, not '5s'"),
        (("event",), {"before": [1]}, "takes names of plugins or hooks, not \\[1\\]"),
        (("event",), {"after": {"a"}}, "takes names of plugins or hooks"),
    ],
)
def test_wrong_arguments_are_told_at_once(arguments, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        hook(*arguments, **options)


def test_wrong_places_are_told():
    with pytest.raises(TypeError, match="goes on a method"):
        hook("event")(7)
    with pytest.raises(TypeError, match="goes on a method"):
        hook("event")(PluginBase)
    with pytest.raises(ValueError, match="twice is a hook of 'event' already"):

        @hook("event")
        @hook("event")
        def twice(self, data):
            return data

    with pytest.raises(ValueError, match="can't begin with @"):
        action(name="@hooks")(lambda self: None)


@pytest.mark.parametrize("parameters", ["self", "self, data, more", "self, *, data", "self, data, *, more"])
def test_a_hook_takes_the_data_and_nothing_else(parameters, start):
    source = """
        from plugin_sdk import PluginBase, hook

        class Plugin(PluginBase):
            @hook("event")
            def wrong(%s):
                return None
    """
    failure = start(source % parameters, handshake=False).start()
    assert failure["code"] == "PLUGIN_INITIALIZE_FAILED"
    assert failure["message"] == "hook 'wrong' has to take one argument, the data"


def test_a_copy_shares_nothing_that_can_be_changed():
    given = {"list": [{"a": 1}], "bytes": bytearray(b"ab"), "view": memoryview(bytearray(b"cd")), "tuple": ([],)}
    copy = copied(given)
    assert copy == given
    copy["list"][0]["a"] = 2
    copy["bytes"][0] = 0
    copy["view"][0] = 0
    copy["tuple"][0].append(1)
    assert given["list"] == [{"a": 1}] and given["bytes"] == b"ab" and given["view"] == b"cd"
    assert given["tuple"] == ([],)
    floats = memoryview(bytearray(16)).cast("d")
    assert copied(floats).format == "d" and copied(floats) is not floats
    constant = memoryview(b"ab")
    assert copied(constant) is constant


def test_a_hook_gets_what_its_hint_promises(start):
    host = start(
        """
        import dataclasses
        from plugin_sdk import PluginBase, hook

        @dataclasses.dataclass
        class Order:
            count: int
            seen: list

        class Plugin(PluginBase):
            @hook("event", priority=60)
            def first(self, order: Order):
                order.seen.append("first")
                return dataclasses.replace(order, count=order.count + 1)

            @hook("event")
            def second(self, order: Order) -> Order:
                order.seen.append("second")
                return order

            @hook("event")
            def unknown(self, order: "Nowhere"):
                return order
        """
    )
    said = "a hint of hook 'unknown' promises nothing: Nowhere can't be evaluated (name 'Nowhere' is not defined)"
    assert host.next_log() == (0, {"level": "warn", "message": said})
    request = {"event": "event", "hooks": ["first", "second"], "data": {"count": 1, "seen": []}}
    answer = host.call(request, wire.HOOKS_ACTION)
    assert answer == {"completed": 2, "data": {"count": 2, "seen": ["first", "second"]}}
    answer = host.call({**request, "data": {"count": "many", "seen": []}}, wire.HOOKS_ACTION)
    assert answer["completed"] == 0 and answer["ending"]["kind"] == "failure"
    assert answer["ending"]["failure"] == {
        "code": "INPUT_REJECTED",
        "message": "$.count: 'many' is not a whole number",
        "data": {"path": "$.count"},
    }


def test_a_hook_gets_what_would_cross_from_the_one_before_it():
    @dataclasses.dataclass
    class Point:
        x: list

    now = datetime.datetime.now(datetime.timezone.utc)
    given = {"point": Point([1]), "set": {2, 1}, "more": collections.OrderedDict(a=[1]), "now": now, "no": 1j}
    copy = copied(given)
    assert copy == {"point": {"x": [1]}, "set": [1, 2], "more": {"a": [1]}, "now": now, "no": 1j}
    copy["point"]["x"].append(2)
    copy["more"]["a"].append(2)
    assert given["point"] == Point([1]) and given["more"] == {"a": [1]}


def test_veto_is_public():
    assert Veto.__module__ == "plugin_sdk" and issubclass(Veto, Exception)
