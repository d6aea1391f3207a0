"""Models of pydantic, and what else it checks. The real one, of whatever version is there."""

import datetime
import sys
from typing import Annotated, Dict, List, Optional

import pytest

from plugin_sdk._codec.codec import decode, encode
from plugin_sdk._hints.compiler import Compiler
from plugin_sdk._hints.hint import Unfit
from plugin_sdk._hints.scope import Scope

pydantic = pytest.importorskip("pydantic")


class Tag(pydantic.BaseModel):
    text: str


class Item(pydantic.BaseModel):
    name: str
    price: float = 1.0
    when: Optional[datetime.datetime] = None
    tags: List[Tag] = []
    by_other_name: int = pydantic.Field(default=0, alias="byOtherName")


@pydantic.dataclasses.dataclass
class Checked:
    x: pydantic.PositiveInt


def take(hint, value):
    return Compiler().hint(hint, Scope(globals())).take(value)


def test_a_model_is_made_of_a_mapping():
    item = take(Item, {"name": "a", "when": "2026-01-02T00:00:00Z", "tags": [{"text": "b"}], "byOtherName": 5})
    assert item == Item(
        name="a",
        when=datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
        tags=[Tag(text="b")],
        byOtherName=5,
    )
    assert take(Dict[str, List[Item]], {"a": [{"name": "b"}]}) == {"a": [Item(name="b")]}
    assert take(Optional[Item], {"name": "a"}) == Item(name="a")
    assert take(Checked, {"x": 1}) == Checked(x=1)
    assert take(Annotated[int, pydantic.Field(gt=3)], 4) == 4
    assert str(take(pydantic.HttpUrl, "http://localhost/")) == "http://localhost/"


@pytest.mark.parametrize(
    ("hint", "value", "place"),
    [
        (Item, {"nme": "a"}, "$.name: Field required"),
        (Item, {"name": "a", "tags": [{"text": "a"}, {"text": 5}]}, "$.tags[1].text: Input should be a valid string"),
        (List[Item], [{"name": "a"}, {"price": "x"}], "$[1].name: Field required (and 1 more)"),
        (Item, 5, "$: Input should be a valid dictionary"),
        (Checked, {"x": -1}, "$.x: Input should be greater than 0"),
        (Annotated[int, pydantic.Field(gt=3)], 3, "$: Input should be greater than 3"),
        (Dict[str, pydantic.HttpUrl], {"a": "nowhere"}, "$.a: Input should be a valid URL"),
    ],
)
def test_pydantic_says_what_does_not_fit(hint, value, place):
    with pytest.raises(Unfit) as caught:
        take(hint, value)
    assert str(caught.value).startswith(place)


def test_schemas_are_those_of_pydantic():
    compiler = Compiler()
    schema = compiler.hint(List[Item], Scope({})).schema["items"]
    assert schema["required"] == ["name"]
    assert schema["properties"]["tags"]["items"] == {"$ref": "#/$defs/Item.Tag"}
    assert compiler.definitions.schemas["Item.Tag"]["properties"] == {"text": {"title": "Text", "type": "string"}}


def test_a_model_crosses_as_it_is_taken():
    item = Item(name="a", tags=[Tag(text="b")], byOtherName=2)
    sent = decode(encode(item)[0])
    assert sent == {"name": "a", "price": 1.0, "when": None, "tags": [{"text": "b"}], "byOtherName": 2}
    assert take(Item, sent) == item


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="pydantic's first version does not run there")
def test_models_of_the_first_version_are_known_too():
    old = pytest.importorskip("pydantic.v1")

    class Old(old.BaseModel):
        name: str
        inner: "List[int]" = []

    Old.update_forward_refs(List=List)
    assert take(Old, {"name": "a", "inner": ["1"]}) == Old(name="a", inner=[1])
    with pytest.raises(Unfit, match=r"\$\.name: field required"):
        take(Old, {})
    assert decode(encode(Old(name="a"))[0]) == {"name": "a", "inner": []}
