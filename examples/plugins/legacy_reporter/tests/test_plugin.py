import pytest

from plugin import LegacyReporter

TABLE = {
    "columns": ["species", "count", "mass"],
    "rows": [
        {"species": "Adelie", "count": 151, "mass": 3700.6623},
        {"species": "Gentoo", "count": 123, "mass": None},
    ],
}


@pytest.fixture
def plugin():
    reporter = LegacyReporter()
    reporter.initialize({})
    return reporter


def test_text_has_fixed_columns_and_a_total(plugin):
    report = plugin.execute({"title": "Birds", "sections": [{"heading": "All", "table": TABLE, "total": ["count"]}]})
    assert report["text"].splitlines() == [
        "Birds",
        "=====",
        "",
        "All",
        "---",
        "",
        "species  count    mass",
        "-------  -----  ------",
        "Adelie     151  3700.7",
        "Gentoo     123       -",
        "total      274       -",
    ]


def test_markdown_aligns_numbers_to_the_right(plugin):
    assert plugin.markdown(TABLE, decimals=2).splitlines() == [
        "| species | count | mass |",
        "| --- | ---: | ---: |",
        "| Adelie | 151 | 3700.66 |",
        "| Gentoo | 123 | - |",
    ]


def test_a_bar_in_a_cell_does_not_break_the_table(plugin):
    assert "| a\\|b |" in plugin.markdown({"columns": ["name"], "rows": [{"name": "a|b"}]})


def test_an_empty_table_has_its_header(plugin):
    assert plugin.markdown({"columns": ["name"], "rows": []}).startswith("| name |")


def test_a_total_of_an_unknown_column_is_refused(plugin):
    section = {"heading": "All", "table": TABLE, "total": ["wings"]}
    with pytest.raises(ValueError, match="no column wings to add up; there are: species, count, mass"):
        plugin.execute({"title": "Birds", "sections": [section]})


def test_runs_on_the_old_versions_it_was_written_for(plugin):
    versions = plugin.versions()
    assert versions["pandas"] == "1.5.3" and versions["numpy"] == "1.23.5"


def test_a_hook_numbers_the_notes(plugin):
    assert plugin.number_notes({"notes": ["one", "two"]}) == {"notes": ["[1] one", "[2] two"]}
