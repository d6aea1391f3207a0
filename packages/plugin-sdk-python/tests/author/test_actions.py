import re

import pytest

from plugin_sdk import InputStream, PluginBase, action
from plugin_sdk._author.actions import InputRejected, collect


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


def test_hints_may_be_objects():
    import collections.abc
    import typing

    from plugin_sdk._author.schema import schema_of_hint

    assert schema_of_hint(typing.Optional[int]) == {"type": ["integer", "null"]}
    assert (
        schema_of_hint(typing.List[str]) == schema_of_hint(list[str]) == {"type": "array", "items": {"type": "string"}}
    )
    assert schema_of_hint(typing.Dict[str, typing.List[int]]) == {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "integer"}},
    }
    assert schema_of_hint(typing.Union[str, typing.List[int]]) == {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]
    }
    stream = {"type": "array", "description": "a stream or an array"}
    assert (
        schema_of_hint(InputStream) == schema_of_hint("InputStream") == schema_of_hint(typing.AsyncIterator) == stream
    )
    assert schema_of_hint(collections.abc.Iterator[int]) == {**stream, "items": {"type": "integer"}}
    assert schema_of_hint(typing.Optional[InputStream]) == {"anyOf": [stream, {"type": "null"}]}
    assert schema_of_hint(typing.Any) == schema_of_hint(Sample) == schema_of_hint("Unknown[int]") == {}


def test_two_actions_may_not_share_a_name():
    class Twice(PluginBase):
        @action(name="same")
        def first(self): ...

        @action(name="same")
        def second(self): ...

    with pytest.raises(TypeError, match="two actions named 'same'"):
        collect(Twice(), PluginBase)


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
