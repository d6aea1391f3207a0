import pytest

from plugin import TrendForecaster


@pytest.fixture(scope="module")
def plugin():
    forecaster = TrendForecaster()
    forecaster.initialize({})
    return forecaster


@pytest.fixture(scope="module")
def carbon_dioxide(plugin):
    return plugin.execute({})


def test_beats_the_seasonal_naive_forecast(carbon_dioxide):
    test = carbon_dioxide["test"]
    assert test["months"] == 24
    assert test["mape"] < 0.1 < 0.5 < test["naive_mape"]


def test_continues_where_the_history_ends(carbon_dioxide):
    assert carbon_dioxide["first"] == "1958-03" and carbon_dioxide["last"] == "2001-12"
    assert carbon_dioxide["observations"] == 526 and carbon_dioxide["interpolated"] == 5
    forecast = carbon_dioxide["forecast"]
    assert [(record["year"], record["month"]) for record in forecast] == [(2002, month) for month in range(1, 13)]
    assert all(record["kind"] == "forecast" for record in forecast)


def test_the_forecast_has_the_season_of_mauna_loa(carbon_dioxide):
    values = [record["value"] for record in carbon_dioxide["forecast"]]
    assert values.index(max(values)) + 1 == 5 and values.index(min(values)) + 1 == 9


def test_forecasts_a_series_of_the_caller_and_fills_its_gaps(plugin):
    series = [
        {"year": 2000 + year, "month": month, "value": 100 + 12 * year + month + (5 if month == 7 else 0)}
        for year in range(6)
        for month in range(1, 13)
        if (year, month) != (2, 3)
    ]
    result = plugin.execute({"series": series, "months": 3, "holdout": 12})
    assert result["interpolated"] == 1 and result["test"]["mape"] < 0.5
    assert [round(record["value"]) for record in result["forecast"]] == [173, 174, 175]


def test_too_short_a_series_is_refused(plugin):
    series = [{"year": 2000, "month": month, "value": month} for month in range(1, 13)]
    with pytest.raises(ValueError, match="12 months are too few: 24 held out and two years known make 48"):
        plugin.execute({"series": series})


def test_history_ends_with_the_last_month_measured(plugin):
    assert plugin.history(months=1) == [{"year": 2001, "month": 12, "value": 371.02, "kind": "history"}]


def test_runs_on_numpy_2(plugin):
    assert plugin.versions()["numpy"].startswith("2.")


def test_a_hook_tells_which_months_there_are(plugin):
    assert plugin.tell_period({"notes": []})["notes"] == ["Carbon dioxide was measured from 1958-03 to 2001-12."]
