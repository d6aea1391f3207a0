"""What return hints say of an action's answers."""

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import typing
from typing import Any, AsyncIterator, Dict, Generator, Iterable, Iterator, List, NamedTuple, Optional, TypedDict, Union

import pytest

from plugin_sdk import PluginBase, action
from plugin_sdk._author.actions import collect
from plugin_sdk._codec.codec import decode, encode


class Colour(enum.Enum):
    RED = "red"


class Name(str):
    pass


@dataclasses.dataclass
class Row:
    key: int
    inner: "Optional[Row]" = None
    price: decimal.Decimal = decimal.Decimal("1.5")
    computed: List[Colour] = dataclasses.field(default_factory=lambda: [Colour.RED], init=False)
    seed: dataclasses.InitVar[int] = 0


class Pair(NamedTuple):
    left: int
    right: str = ""


class Options(TypedDict, total=False):
    depth: int


class Plain:
    pass


def described(hint, code=None):
    """What an action with that return hint is described as, but for its input."""

    def method(self):
        return None

    function = code or method
    function.__annotations__ = {} if hint is Ellipsis else {"return": hint}
    plugin = type("Plugin", (PluginBase,), {"method": action(name="method")(function)})()
    description = dict(collect(plugin, PluginBase)["method"].description)
    del description["input"]
    return description


def generator(self):
    yield 1


async def asynchronous_generator(self):
    yield 1


async def coroutine(self): ...


@pytest.mark.parametrize(
    ("hint", "output"),
    [
        (dict, {"type": "object"}),
        ("dict", {"type": "object"}),
        (None, {"type": "null"}),
        (Dict[str, Any], {"type": "object"}),
        ("dict[str, int]", {"type": "object", "additionalProperties": {"type": "integer"}}),
        (List[Optional[str]], {"type": "array", "items": {"type": ["string", "null"]}}),
        (bytes, {"format": "bytes"}),
        (datetime.datetime, {"type": "string", "format": "date-time"}),
        (decimal.Decimal, {"type": "string", "format": "decimal"}),
        (Colour, {"enum": ["red"]}),
        (Name, {"type": "string"}),
        (collections.OrderedDict, {"type": "object"}),
        (Options, {"type": "object", "properties": {"depth": {"type": "integer"}}}),
        (
            Pair,
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
        ),
        (typing.Awaitable[int], {"type": "integer"}),
    ],
)
def test_a_hint_describes_the_answer(hint, output):
    assert described(hint) == {"output": output}
    assert described(hint, coroutine) == {"output": output}


@pytest.mark.parametrize(
    "hint", [..., Any, "Any", object, Plain, "Missing", "Missing[int]", Iterable[int], Union[Iterator[int], int], 7]
)
def test_what_is_not_known_is_not_described(hint):
    assert described(hint) == {}


def test_all_fields_of_a_record_are_there():
    output = described(Row)["output"]
    definition = output["$defs"]["Row"]
    assert output["$ref"] == "#/$defs/Row"
    assert definition["required"] == ["key", "inner", "price", "computed"]
    assert definition["properties"]["inner"] == {"anyOf": [{"$ref": "#/$defs/Row"}, {"type": "null"}]}
    assert definition["properties"]["price"] == {"type": "string", "format": "decimal"}
    assert definition["properties"]["computed"] == {"type": "array", "items": {"enum": ["red"]}}


def test_what_crosses_is_what_was_described():
    validators = pytest.importorskip("jsonschema")
    for hint, value in [(Row, Row(1, Row(2))), (List[Pair], [Pair(1)]), (Dict[str, Colour], {"a": Colour.RED})]:
        sent = json.loads(json.dumps(decode(encode(value)[0])))
        validators.Draft202012Validator(described(hint)["output"]).validate(sent)


def test_a_model_is_described_as_it_is_sent():
    pydantic = pytest.importorskip("pydantic")

    class Model(pydantic.BaseModel):
        price: decimal.Decimal = pydantic.Field(alias="thePrice")
        size: int = 3

        @pydantic.computed_field
        def double(self) -> int:
            return 2 * self.size

    properties = described(List[Model])["output"]["items"]["properties"]
    assert properties["thePrice"]["type"] == "string"
    assert list(properties) == ["thePrice", "size", "double"]


@pytest.mark.parametrize(
    ("hint", "code", "description"),
    [
        (..., generator, {"stream": True}),
        (List[int], generator, {"stream": True}),
        ("Missing", generator, {"stream": True}),
        (Iterable[int], generator, {"stream": True, "output": {"type": "integer"}}),
        (Generator[str, None, int], generator, {"stream": True, "output": {"type": "string"}}),
        (AsyncIterator[bytes], asynchronous_generator, {"stream": True, "output": {"format": "bytes"}}),
        ("Iterator[dict]", None, {"stream": True, "output": {"type": "object"}}),
        (Iterator, None, {"stream": True}),
        (AsyncIterator[int], coroutine, {"stream": True, "output": {"type": "integer"}}),
    ],
)
def test_a_stream_is_described_by_its_chunks(hint, code, description):
    assert described(hint, code) == description


def test_the_host_is_told(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data) -> int:
                return "not checked"
        """,
        handshake=False,
    )
    assert host.start()["actions"] == {"execute": {"output": {"type": "integer"}}}
    assert host.call() == "not checked"
