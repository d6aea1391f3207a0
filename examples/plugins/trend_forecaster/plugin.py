"""Forecasts a monthly series by Holt-Winters and measures its error on months held out.

Without a series of its own it uses the weekly measurements of carbon dioxide at Mauna Loa that come with statsmodels.
"""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pandas as pd
from plugin_sdk import PluginBase, action, hook
from statsmodels.datasets import co2
from statsmodels.tsa.holtwinters import ExponentialSmoothing

MONTHS_A_YEAR = 12


class TrendForecaster(PluginBase):
    def initialize(self, config):
        weekly = co2.load_pandas().data["co2"]
        self.carbon_dioxide = weekly.resample("MS").mean()

    def execute(self, input_data):
        """Forecasts the next `months` (12) of `series` ([{"year", "month", "value"}, ...], or carbon dioxide in ppm).

        The last `holdout` (24) months are first forecast from those before them: `test` holds the mean absolute
        percentage error, beside that of the seasonal naive forecast, which repeats the last year known.
        """
        months, holdout = input_data.get("months", 12), input_data.get("holdout", 24)
        monthly = from_records(input_data["series"]) if input_data.get("series") else self.carbon_dioxide
        series = monthly.interpolate()
        test = backtest(series, holdout)
        self.context.log.info(f"error over {holdout} months: {test['mape']} % (naive {test['naive_mape']} %)")
        return {
            "first": f"{series.index[0]:%Y-%m}",
            "last": f"{series.index[-1]:%Y-%m}",
            "observations": len(series),
            "interpolated": int(monthly.isna().sum()),
            "history": records(series.iloc[-2 * MONTHS_A_YEAR :], "history"),
            "forecast": records(forecast(series, months), "forecast"),
            "test": test,
        }

    @action
    def history(self, months: int = 24) -> list[dict]:
        """The last months of the carbon dioxide series, as records of year, month and value in ppm."""
        return records(self.carbon_dioxide.interpolate().iloc[-months:], "history")

    @hook("annotate", priority=60)
    def tell_period(self, data):
        """Adds a note on the months that the series covers."""
        first, last = self.carbon_dioxide.index[[0, -1]]
        return {**data, "notes": [*data["notes"], f"Carbon dioxide was measured from {first:%Y-%m} to {last:%Y-%m}."]}

    @action
    def versions(self) -> dict:
        """The versions of Python and of the packages this plugin runs on."""
        return {
            "python": platform.python_version(),
            "numpy": installed("numpy"),
            "pandas": installed("pandas"),
            "scipy": installed("scipy"),
            "statsmodels": installed("statsmodels"),
        }


def forecast(series: pd.Series, months: int) -> pd.Series:
    """Holt-Winters with additive trend and season (Winters, Management Science 6, 1960, 324-342)."""
    model = ExponentialSmoothing(series, trend="add", seasonal="add", seasonal_periods=MONTHS_A_YEAR)
    return model.fit().forecast(months)


def backtest(series: pd.Series, holdout: int) -> dict:
    known, held_out = series.iloc[:-holdout], series.iloc[-holdout:].to_numpy()
    if len(known) < 2 * MONTHS_A_YEAR:
        needed = holdout + 2 * MONTHS_A_YEAR
        raise ValueError(f"{len(series)} months are too few: {holdout} held out and two years known make {needed}")
    naive = np.resize(known.iloc[-MONTHS_A_YEAR:].to_numpy(), holdout)
    return {
        "months": holdout,
        "mape": percentage_error(forecast(known, holdout).to_numpy(), held_out),
        "naive_mape": percentage_error(naive, held_out),
    }


def percentage_error(predicted: np.ndarray, actual: np.ndarray) -> float:
    """Mean absolute percentage error, in per cent."""
    return round(float(np.mean(np.abs((predicted - actual) / actual))) * 100, 4)


def from_records(rows: list) -> pd.Series:
    """A series with one value a month; months that the records skip are missing values."""
    index = pd.to_datetime([f"{row['year']}-{row['month']:02d}-01" for row in rows])
    return pd.Series([row["value"] for row in rows], index=index, dtype=float).sort_index().asfreq("MS")


def records(series: pd.Series, kind: str) -> list:
    return [
        {"year": month.year, "month": month.month, "value": round(float(value), 3), "kind": kind}
        for month, value in series.items()
    ]


def installed(package: str):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    TrendForecaster().start_server()
