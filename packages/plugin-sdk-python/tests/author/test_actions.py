import dataclasses
import enum
import re

import pytest

from plugin_sdk import PluginBase, action
from plugin_sdk._author.actions import collect
from plugin_sdk._calls.answers import InputRejected
from plugin_sdk._wire import frames as wire


class Sample(PluginBase):
    """Not an action."""

    @action
    def keywords(self, text: str, top: int = 10) -> list:
        """Finds the words
        that matter.

        Not part of it.
        """
        return [text, top]

    @action(name="the-other")
    def other(self, *, rows: "list[dict[str, float]]", flag: "bool | None" = None, **more):
        return [rows, flag, more]

    @action
    def one(self, value):
        return value

    @action
    def none(self):
        return "none"

    @action
    def optional(self, count: int = 3):
        return count

    @action
    def positional(self, first, second=2, /, third=3):
        return [first, second, third]

    @action
    @staticmethod
    def static(value):
        return value


def run(name, value):
    return collect(Sample(), PluginBase)[name].call(value)


def test_execute_is_an_action_only_if_overridden():
    assert "execute" not in collect(Sample(), PluginBase)

    class Executes(Sample):
        def execute(self, input_data: "dict[str, int]"):
            """Does it."""

    actions = collect(Executes(), PluginBase)
    assert next(iter(actions)) == "execute"
    assert actions["execute"].description == {
        "description": "Does it.",
        "input": {"type": "object", "additionalProperties": {"type": "integer"}},
    }


def test_keys_become_keyword_arguments():
    assert run("keywords", {"text": "a"}) == ["a", 10]
    assert run("keywords", {"text": "a", "top": 3}) == ["a", 3]
    assert run("the-other", {"rows": [], "size": 1}) == [[], None, {"size": 1}]
    assert run("none", {}) == run("none", None) == "none"
    assert run("positional", {"first": 1}) == [1, 2, 3]
    assert run("positional", {"first": 1, "third": 5}) == [1, 2, 5]
    assert run("positional", {"first": 1, "second": 4, "third": 5}) == [1, 4, 5]


def test_one_parameter_takes_an_input_that_is_no_mapping():
    assert run("one", [1, 2]) == [1, 2]
    assert run("one", None) is None
    assert run("one", {"value": 5}) == 5
    assert run("static", "text") == "text"
    assert run("optional", None) == 3
    assert run("optional", 4) == 4


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("keywords", {}, "missing: text"),
        ("keywords", {"text": "a", "topp": 1}, "unknown: topp"),
        ("keywords", [1], "takes a mapping with text, top (optional); got list"),
        ("keywords", None, "got NoneType"),
        ("the-other", {}, "missing: rows"),
        ("none", {"a": 1}, "takes no input; unknown: a"),
        ("none", 5, "takes no input; got int"),
        ("one", {"other": 1}, "missing: value; unknown: other"),
    ],
)
def test_a_mismatch_is_rejected_before_the_call(name, value, said):
    with pytest.raises(InputRejected) as caught:
        run(name, value)
    assert said in str(caught.value)


def test_a_type_error_of_the_action_itself_is_its_own(start):
    host = start(
        """
        from plugin_sdk import PluginBase, action

        class Plugin(PluginBase):
            @action
            def broken(self, text):
                return len(5)
        """
    )
    assert host.fail({"text": "a"}, "broken")["code"] == "PLUGIN_RAISED"
    failure = host.fail({"txt": "a"}, "broken")
    assert failure["code"] == "INPUT_REJECTED"
    assert "missing: text; unknown: txt" in failure["message"]


def test_descriptions_and_schemas():
    actions = collect(Sample(), PluginBase)
    assert actions["keywords"].description == {
        "description": "Finds the words that matter.",
        "input": {
            "type": "object",
            "properties": {"text": {"type": "string"}, "top": {"type": "integer", "default": 10}},
            "required": ["text"],
            "additionalProperties": False,
        },
        "output": {"type": "array"},
    }
    assert actions["the-other"].description["input"] == {
        "type": "object",
        "properties": {
            "rows": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "number"}}},
            "flag": {"type": ["boolean", "null"], "default": None},
        },
        "required": ["rows"],
    }
    assert actions["one"].description["input"]["properties"] == {"value": {}}


def test_a_default_that_can_not_be_sent_is_not_shown():
    class Plugin(PluginBase):
        @action
        def hashed(self, seed: int = 1 << 64, part: float = float("nan"), most: int = (1 << 64) - 1):
            return seed

    properties = collect(Plugin(), PluginBase)["hashed"].description["input"]["properties"]
    assert [properties[name].get("default") for name in ("seed", "part", "most")] == [None, None, (1 << 64) - 1]


class Day(enum.Enum):
    MONDAY = "mon"


class Hinted(PluginBase):
    class Own(enum.Enum):
        ONE = 1

    def execute(self, input_data: Day):
        return input_data

    @action
    def days(self, first: Day, second: Day = None, *, third: Day = Day.MONDAY, **rest: Day):
        return [first, second, third, rest]

    @action
    def single(self, days: "list[Day]"):
        return days

    @action
    def by_keyword(self, *, day: Day):
        return day

    @action
    def position(self, day: Day, /):
        return day

    @action
    def own(self, value: "Own"):
        return value

    @action
    def broken(self, value: "Nowhere", other: int):  # noqa: F821
        return [value, other]

    @action
    def plain(self, value):
        return value


def hinted(name, value):
    return collect(Hinted(), PluginBase)[name].call(value)


def test_what_is_hinted_is_what_the_code_gets():
    monday = Day.MONDAY
    assert hinted("execute", "mon") is monday
    assert hinted("days", {"first": "mon"}) == [monday, None, monday, {}]
    assert hinted("days", {"first": "mon", "second": None, "more": "mon"}) == [monday, None, monday, {"more": monday}]
    assert hinted("single", ["mon", "mon"]) == [monday, monday]
    assert hinted("single", {"days": ["mon"]}) == [monday]
    assert hinted("by_keyword", "mon") is hinted("by_keyword", {"day": "mon"}) is monday
    assert hinted("position", {"day": "mon"}) is hinted("position", "mon") is monday
    assert hinted("own", 1) is Hinted.Own.ONE


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("execute", "tue", "$: 'tue' is not 'mon'"),
        ("days", {"first": "tue"}, "$.first: 'tue' is not 'mon'"),
        ("days", {"first": None}, "$.first: None is not 'mon'"),
        ("days", {"first": "mon", "third": None}, "$.third: None is not 'mon'"),
        ("days", {"first": "mon", "m o": "x"}, "$[\"m o\"]: 'x' is not 'mon'"),
        ("single", ["mon", "x"], "$[1]: 'x' is not 'mon'"),
        ("single", {"days": ["mon", "x"]}, "$.days[1]: 'x' is not 'mon'"),
        ("single", None, "$: None is not a list"),
        ("position", {"day": 5}, "$.day: 5 is not 'mon'"),
        ("own", 2, "$: 2 is not 1"),
        ("broken", {"value": 1, "other": "x"}, "$.other: 'x' is not a whole number"),
    ],
)
def test_what_does_not_fit_its_hint_is_rejected_before_the_call(name, value, said):
    with pytest.raises(InputRejected) as caught:
        hinted(name, value)
    assert said in str(caught.value)
    assert said.startswith("%s: " % caught.value.path)


def test_a_hint_that_can_not_be_read_breaks_no_action():
    assert hinted("broken", {"value": 1j, "other": 2}) == [1j, 2]
    actions = collect(Hinted(), PluginBase)
    assert [name for name, found in actions.items() if found.problems] == ["broken"]
    assert actions["broken"].problems == ["Nowhere can't be evaluated (name 'Nowhere' is not defined)"]


@pytest.mark.parametrize(
    ("hint", "said"), [("dict", None), ("Anything", None), ("Row", "$.a: missing"), ("str", "$: None")]
)
def test_a_call_without_input_is_one_with_an_empty_mapping(hint, said):
    names = {"PluginBase": PluginBase, "dataclasses": dataclasses}
    exec(
        """
@dataclasses.dataclass
class Row:
    a: int

class Plugin(PluginBase):
    def execute(self, input_data: %r):
        return input_data
"""
        % hint,
        names,
    )
    call = collect(names["Plugin"](), PluginBase)["execute"].call
    if said is None:
        assert call(None) == ({} if hint == "dict" else None)
    else:
        with pytest.raises(InputRejected) as caught:
            call(None)
        assert str(caught.value).startswith(said)


def test_schemas_say_what_is_accepted():
    actions = collect(Hinted(), PluginBase)
    day = {"enum": ["mon"]}
    assert actions["execute"].description["input"] == day
    assert actions["days"].description["input"] == {
        "type": "object",
        "properties": {"first": day, "second": {"anyOf": [day, {"type": "null"}], "default": None}, "third": day},
        "required": ["first"],
        "additionalProperties": day,
    }
    assert actions["plain"].description["input"]["properties"] == {"value": {}}


def test_a_host_hears_of_hints_that_promise_nothing_and_of_what_does_not_fit(start):
    host = start(
        """
        from __future__ import annotations
        import dataclasses
        from typing import Iterator, TYPE_CHECKING
        from plugin_sdk import PluginBase, action
        if TYPE_CHECKING:
            from somewhere import Something

        @dataclasses.dataclass
        class Row:
            price: float

        class Plugin(PluginBase):
            @action
            def total(self, rows: Iterator[Row], factor: int = 1):
                return sum(row.price for row in rows) * factor

            @action
            def later(self, rows: Iterator[Row]):
                for row in rows:
                    yield row

            @action
            def unknown(self, it: Something):
                return it
        """
    )
    said = "a hint of action 'unknown' promises nothing: Something can't be evaluated (name 'Something' is not defined)"
    assert host.next_log() == (0, {"level": "warn", "message": said})
    assert host.call({"it": 5}, "unknown") == 5
    assert host.call({"rows": [{"price": 1}, {"price": 2.5}]}, "total") == 3.5
    number = host.begin({"rows": None}, "total", streams=["rows"])
    host.feed(number, [{"price": 1}, {"price": 2}])
    assert host.answer(number)[1] == 3
    for chunks, path in [([{"price": 1}, {"price": "2"}], "$.rows[1].price"), ([5], "$.rows[0]")]:
        number = host.begin({"rows": None}, "total", streams=["rows"])
        host.feed(number, chunks)
        failure = host.answer(number)[1]
        assert (failure["code"], failure["data"]) == ("INPUT_REJECTED", {"path": path})
        assert failure["message"].startswith(path + ": ")
    number = host.begin(None, "later", streams=[None])
    host.feed(number, [{"price": 1}, {"prize": 2}])
    received = [host.receive()]
    while received[-1][0] != wire.FAILURE:
        received.append(host.receive())
    assert [message[2] for message in received if message[0] == wire.CHUNK] == [{"price": 1.0}]
    assert received[-1][2]["data"] == {"path": "$[1].price"}


def test_an_overriding_method_stays_an_action():
    class Derived(Sample):
        def one(self, value):
            return ["derived", value]

    assert collect(Derived(), PluginBase)["one"].call(1) == ["derived", 1]


def test_parameters_are_those_of_the_function_behind_a_decorator():
    import functools

    def traced(function):
        @functools.wraps(function)
        def wrapper(*arguments, **keywords):
            return ["traced", function(*arguments, **keywords)]

        return wrapper

    class Decorated(PluginBase):
        @action
        @traced
        def one(self, text):
            return text

    call = collect(Decorated(), PluginBase)["one"].call
    assert call({"text": "a"}) == ["traced", "a"]
    with pytest.raises(InputRejected):
        call({"txt": "a"})


def test_an_action_may_say_that_it_is_idempotent_which_an_override_has_to_say_again():
    class Once(PluginBase):
        @action(idempotent=True)
        def execute(self, input_data):
            pass

        @action(name="look", idempotent=True)
        def look_up(self, key):
            """Finds it."""

        @action
        def change(self):
            pass

    class Overrides(Once):
        def look_up(self, key):
            """Finds it, and counts."""

    descriptions = {name: found.description for name, found in collect(Once(), PluginBase).items()}
    assert descriptions["execute"] == {"idempotent": True}
    assert descriptions["look"]["description"] == "Finds it."
    assert descriptions["look"]["idempotent"] is True
    assert "idempotent" not in descriptions["change"]
    assert "idempotent" not in collect(Overrides(), PluginBase)["look"].description


def test_an_action_may_say_that_it_is_pure_which_an_override_has_to_say_again():
    class Pure(PluginBase):
        @action(cache=True)
        def execute(self, input_data):
            pass

        @action(cache={"ttl": 1.5, "max_entries": 10, "max_bytes": 2**40}, idempotent=True)
        def look(self, key):
            pass

        @action(cache=False)
        def change(self):
            pass

    class Overrides(Pure):
        def look(self, key):
            pass

    descriptions = {name: found.description for name, found in collect(Pure(), PluginBase).items()}
    assert descriptions["execute"] == {"cache": {}}
    assert descriptions["look"]["cache"] == {"ttl": 1500, "max_entries": 10, "max_bytes": 2**40}
    assert descriptions["look"]["idempotent"] is True
    assert "cache" not in descriptions["change"]
    assert "cache" not in collect(Overrides(), PluginBase)["look"].description


@pytest.mark.parametrize(
    ("cache", "error", "said"),
    [
        (60, TypeError, "cache takes True, or a mapping such as"),
        ("keep", TypeError, "cache takes True, or a mapping such as"),
        ({"tll": 60}, TypeError, "cache has no 'tll'; cache takes True"),
        ({"ttl": "60s"}, TypeError, "ttl is a number of seconds, not '60s'"),
        ({"ttl": True}, TypeError, "ttl is a number of seconds, not True"),
        ({"ttl": 0}, ValueError, "ttl is a number of seconds above 0, not 0"),
        ({"ttl": float("nan")}, ValueError, "ttl is a number of seconds above 0, not nan"),
        ({"ttl": float("inf")}, ValueError, "ttl is a number of seconds above 0, not inf"),
        ({"max_entries": 1.5}, TypeError, "max_entries is a whole number, not 1.5"),
        ({"max_entries": 0}, ValueError, "max_entries is a whole number above 0, not 0"),
        ({"max_bytes": 2**53}, ValueError, "max_bytes is a whole number above 0, not 9007199254740992"),
        ({"max_bytes": None}, TypeError, "max_bytes is a whole number, not None"),
    ],
)
def test_a_wrong_cache_is_told_when_the_action_is_defined(cache, error, said):
    with pytest.raises(error, match=re.escape(said)):
        action(cache=cache)


def test_an_action_may_show_examples_which_an_override_has_to_show_again():
    class Shows(PluginBase):
        @action(examples=[{"input": {"name": "Ada"}, "output": "Hello, Ada!"}, {"input": {"name": b"\x00"}}])
        def greet(self, name):
            pass

        @action(examples=({"input": None, "output": None},))
        def execute(self, input_data):
            pass

        @action(examples=[])
        def silent(self):
            pass

    class Overrides(Shows):
        def greet(self, name):
            pass

    descriptions = {name: found.description for name, found in collect(Shows(), PluginBase).items()}
    assert descriptions["greet"]["examples"] == [
        {"input": {"name": "Ada"}, "output": "Hello, Ada!"},
        {"input": {"name": b"\x00"}},
    ]
    assert descriptions["execute"]["examples"] == [{"input": None, "output": None}]
    assert "examples" not in descriptions["silent"]
    assert "examples" not in collect(Overrides(), PluginBase)["greet"].description


@pytest.mark.parametrize(
    ("examples", "error", "said"),
    [
        ("Ada", TypeError, "examples takes a list of calls such as"),
        (1, TypeError, "examples takes a list of calls such as"),
        ({"input": 1}, TypeError, "examples takes a list of calls such as"),
        ([{"name": "Ada"}], TypeError, "{'name': 'Ada'} has no input"),
        ([{"input": 1, "result": 2}], TypeError, "has 'result' beside"),
        ([1], TypeError, 'such as [{"input": {"name": "Ada"}, "output": "Hello, Ada!"}], not 1'),
        ([{"input": {"who": object}}], ValueError, "an example of an action can't be sent: "),
        ([{"input": 1}] * 1001, ValueError, "an action has at most 1000 examples, not 1001"),
    ],
)
def test_wrong_examples_are_told_when_the_action_is_defined(examples, error, said):
    with pytest.raises(error, match=re.escape(said)):
        action(examples=examples)
