"""Tables of the real libraries, on their way to the host."""

import datetime
import decimal
import math

import pytest

from plugin_sdk import records
from plugin_sdk._codec.codec import decode, encode

DAY = datetime.date(2026, 1, 31)
MOMENT = datetime.datetime(2026, 1, 31, 9, 30)
ZONED = MOMENT.replace(tzinfo=datetime.timezone.utc)


@pytest.fixture
def pandas():
    return pytest.importorskip("pandas")


@pytest.fixture
def polars():
    return pytest.importorskip("polars")


@pytest.fixture
def arrow():
    return pytest.importorskip("pyarrow")


def sent(value):
    return decode(encode(value)[0])


def test_a_table_of_pandas_as_rows(pandas):
    frame = pandas.DataFrame(
        {
            "count": [1, 2],
            "part": [0.5, None],
            "name": ["a", None],
            "moment": [pandas.Timestamp(MOMENT), pandas.NaT],
            "zoned": [pandas.Timestamp(ZONED), pandas.NaT],
            "span": [pandas.Timedelta(minutes=1), pandas.NaT],
            "nullable": pandas.array([3, None], dtype="Int64"),
            "kind": pandas.Categorical(["x", None]),
            "price": [decimal.Decimal("1.10"), None],
            "day": [DAY, None],
            "flag": [True, False],
        },
        index=["left", "out"],
    )
    empty = dict.fromkeys(frame.columns)
    assert sent(records(frame)) == [
        {
            "count": 1,
            "part": 0.5,
            "name": "a",
            "moment": "2026-01-31T09:30:00",
            "zoned": ZONED,
            "span": 60.0,
            "nullable": 3,
            "kind": "x",
            "price": "1.10",
            "day": "2026-01-31",
            "flag": True,
        },
        {**empty, "count": 2, "flag": False},
    ]


def test_a_table_of_pandas_as_columns(pandas):
    frame = pandas.DataFrame(
        {
            "count": [1, 2],
            "part": [0.5, None],
            "flag": [True, False],
            "nullable": pandas.array([3, None], dtype="Int64"),
            "whole": pandas.array([3, 4], dtype="Int64"),
            "moment": [MOMENT, MOMENT],
        }
    )
    columns = sent(records(frame, columns=True))
    assert [str(getattr(column, "dtype", type(column).__name__)) for column in columns.values()] == [
        "int64", "float64", "bool", "list", "int64", "list",
    ]  # fmt: skip
    assert columns["count"].tolist() == [1, 2]
    assert math.isnan(columns["part"][1])
    assert columns["nullable"] == [3, None]
    assert columns["moment"] == ["2026-01-31T09:30:00"] * 2


def test_what_pandas_itself_makes_of_a_table_crosses_too(pandas):
    frame = pandas.DataFrame({"moment": [MOMENT, None], "part": [1.5, None]})
    first, second = sent(frame.to_dict("records"))
    assert first == {"moment": "2026-01-31T09:30:00", "part": 1.5}
    assert second["moment"] is None
    assert math.isnan(second["part"])
    exact = pandas.Timestamp("2026-01-31T09:30:00.000000001")
    assert sent([exact]) == ["2026-01-31T09:30:00.000000001"]


def test_a_spreadsheet(pandas, tmp_path):
    pytest.importorskip("openpyxl")
    file = tmp_path / "orders.xlsx"
    pandas.DataFrame({"when": [MOMENT], "item": ["bread"], "count": [2]}).to_excel(file, index=False)
    row = {"when": "2026-01-31T09:30:00", "item": "bread", "count": 2}
    assert sent(pandas.read_excel(file).to_dict("records")) == sent(records(pandas.read_excel(file))) == [row]


def test_names_of_columns_become_text(pandas):
    frame = pandas.DataFrame([[1, 2]], columns=[0, ("a", 1)])
    assert records(frame) == [{"0": 1, "('a', 1)": 2}]
    with pytest.raises(ValueError, match="two columns are named '1'"):
        records(pandas.DataFrame([[1, 2]], columns=[1, "1"]))


def test_a_table_of_polars(polars):
    frame = polars.DataFrame(
        {"count": [1, 2], "part": [0.5, float("nan")], "moment": [MOMENT, None], "day": [DAY, None]}
    )
    first, second = sent(records(frame))
    assert first == {"count": 1, "part": 0.5, "moment": "2026-01-31T09:30:00", "day": "2026-01-31"}
    assert math.isnan(second.pop("part"))
    assert second == {"count": 2, "moment": None, "day": None}
    columns = sent(records(frame, columns=True))
    assert columns["count"].tolist() == [1, 2]
    assert columns["moment"] == ["2026-01-31T09:30:00", None]
    with pytest.raises(TypeError, match=r"call its collect\(\) first"):
        records(frame.lazy())


@pytest.mark.parametrize("make", ["table", "record_batch"])
def test_a_table_of_pyarrow(arrow, make):
    table = getattr(arrow, make)(
        {"count": [1, 2], "name": ["a", None], "price": [decimal.Decimal("1.10"), None], "flag": [True, False]}
    )
    assert sent(records(table)) == [
        {"count": 1, "name": "a", "price": "1.10", "flag": True},
        {"count": 2, "name": None, "price": None, "flag": False},
    ]
    columns = sent(records(table, columns=True))
    assert columns["count"].tolist() == [1, 2]
    assert columns["flag"].tolist() == [True, False]
    assert columns["name"] == ["a", None]


@pytest.mark.parametrize(("value", "name"), [([{"a": 1}], "list"), (DAY, "datetime.date")])
def test_what_is_no_table_is_refused(value, name):
    with pytest.raises(
        TypeError, match="records takes a DataFrame of pandas or polars, or a Table of pyarrow, not %s" % name
    ):
        records(value)
