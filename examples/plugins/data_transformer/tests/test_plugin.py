import json
from pathlib import Path

import pytest

from plugin import DataTransformer

PENGUINS = Path(__file__).parents[3] / "data" / "penguins.csv"


@pytest.fixture
def plugin():
    transformer = DataTransformer()
    transformer.initialize({})
    return transformer


@pytest.fixture
def penguins(plugin):
    return plugin.execute({"csv": PENGUINS.read_text(encoding="utf-8")})


def test_counts_and_handles_missing_values(penguins):
    assert penguins["rows_read"] == 344 and penguins["rows_kept"] == 342
    assert penguins["missing"]["sex"] == 11 and penguins["missing"]["body_mass_g"] == 2
    assert penguins["filled"] == {"sex": 9}


def test_types_survive_missing_values(penguins):
    assert penguins["types"]["body_mass_g"] == "integer"
    assert penguins["types"]["bill_length_mm"] == "number"
    assert penguins["types"]["species"] == "text"


def test_summarises_by_the_first_column_of_text_unless_told(penguins):
    rows = penguins["summary"]["rows"]
    assert [(row["species"], row["count"]) for row in rows] == [("Adelie", 151), ("Chinstrap", 68), ("Gentoo", 123)]
    assert rows[2]["body_mass_g_mean"] == 5076.0163


def test_summarises_what_is_asked_for(plugin):
    csv = PENGUINS.read_text(encoding="utf-8")
    summary = plugin.execute({"csv": csv, "group_by": ["species", "sex"], "measures": ["body_mass_g"]})["summary"]
    assert summary["columns"] == ["species", "sex", "count", "body_mass_g_mean", "body_mass_g_std"]
    assert len(summary["rows"]) == 8


def test_takes_records_and_fills_numbers_with_their_median(plugin):
    records = [{"kind": "a", "size": 1, "weight": 0.5}, {"kind": "a", "size": 4, "weight": 1.5}]
    cleaned = plugin.clean([*records, {"kind": "b", "size": None, "weight": 2.5}])
    assert cleaned["rows"][2] == {"kind": "b", "size": 2, "weight": 2.5}


def test_a_group_of_one_has_no_deviation(plugin):
    summary = plugin.execute({"csv": "kind,size\na,1\n"})["summary"]
    assert summary["rows"] == [{"kind": "a", "count": 1, "size_mean": 1.0, "size_std": None}]


def test_pivots_records_and_leaves_empty_cells_empty(plugin):
    records = [
        {"year": 2001, "month": 1, "value": 3},
        {"year": 2002, "month": 1, "value": 4},
        {"year": 2002, "month": 2, "value": 5},
    ]
    assert plugin.pivot(records, index="year", columns="month", values="value") == {
        "columns": ["year", "1", "2"],
        "rows": [{"year": 2001, "1": 3, "2": None}, {"year": 2002, "1": 4, "2": 5}],
    }


def test_a_column_that_is_not_there_is_named(plugin):
    with pytest.raises(ValueError, match="no column colour; there are: kind, size"):
        plugin.execute({"csv": "kind,size\na,1\n", "group_by": ["colour"]})


def test_results_are_plain_json(penguins):
    assert json.loads(json.dumps(penguins, allow_nan=False)) == penguins


def test_runs_on_the_versions_of_the_registry(plugin):
    versions = plugin.versions()
    assert versions["pandas"] == "2.0.0" and versions["numpy"] == "1.24.3"
