"""Cleans a table, summarises it by groups, and pivots lists of records.

A *table* here is `{"columns": [name, ...], "rows": [{name: value, ...}, ...]}`: what `legacy_reporter` renders.
"""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from io import StringIO

import pandas as pd
from plugin_sdk import PluginBase, action


class DataTransformer(PluginBase):
    def execute(self, input_data):
        """Cleans `csv` (CSV text, or a list of records) and summarises `measures` by the columns `group_by`.

        Without `group_by`, the first column of text makes the groups; without `measures`, every column of numbers
        is summarised.
        """
        frame = read(input_data["csv"])
        if frame.empty:
            raise ValueError("the table has no rows")
        kept, filled = drop_and_fill(frame)
        group_by = input_data.get("group_by") or first_text_column(kept)
        measures = input_data.get("measures") or numeric_columns(kept, without=group_by)
        self.context.log.info(f"kept {len(kept)} of {len(frame)} rows, grouped by {', '.join(group_by)}")
        return {
            "rows_read": len(frame),
            "rows_kept": len(kept),
            "types": {name: kind(frame[name]) for name in frame.columns},
            "missing": count_missing(frame),
            "filled": filled,
            "summary": table(summarise(kept, group_by, measures)),
        }

    @action
    def clean(self, csv: str) -> dict:
        """The cleaned table itself: rows with less than half their values dropped, the other gaps filled."""
        return table(drop_and_fill(read(csv))[0])

    @action
    def pivot(self, records: list[dict], index: str, columns: str, values: str, aggregate: str = "mean") -> dict:
        """Turns a list of records into a table: a row for each `index`, a column for each value of `columns`.

        Where several records meet in a cell, `aggregate` (mean, sum, count, min, max, first, last) joins them.
        """
        frame = pd.DataFrame.from_records(records)
        require_columns(frame, [index, columns, values])
        pivoted = frame.pivot_table(index=index, columns=columns, values=values, aggfunc=aggregate)
        pivoted.columns = [str(name) for name in pivoted.columns]
        # With an empty cell beside them, whole numbers have become fractions: convert_dtypes undoes it.
        return table(pivoted.reset_index().convert_dtypes())

    @action
    def archive(self, document: str) -> dict:
        """Files a document where one may write at a time; `token` grows with each who does."""
        with self.context.lock("archive", timeout=30) as lock:
            return {"token": lock.token, "characters": len(document)}

    @action
    def versions(self) -> dict:
        """The versions of Python and of the packages this plugin runs on."""
        return {
            "python": platform.python_version(),
            "pandas": installed("pandas"),
            "numpy": installed("numpy"),
        }


def read(source) -> pd.DataFrame:
    """CSV text or a list of records, with the narrowest type for each column that also knows missing values."""
    frame = pd.read_csv(StringIO(source)) if isinstance(source, str) else pd.DataFrame.from_records(source)
    return frame.convert_dtypes()


def drop_and_fill(frame: pd.DataFrame):
    """The frame without rows that lack more than half their values, and how many gaps were filled by column.

    Numbers are filled with the median of their column, text with "unknown".
    """
    kept = frame[frame.isna().mean(axis="columns") <= 0.5].copy()
    filled = count_missing(kept)
    for name in filled:
        kept[name] = kept[name].fillna(substitute(kept[name]))
    return kept, filled


def substitute(column: pd.Series):
    if kind(column) == "text":
        return "unknown"
    if kind(column) == "boolean":
        return bool(column.mode()[0])
    return round(column.median()) if kind(column) == "integer" else column.median()


def summarise(frame: pd.DataFrame, group_by: list[str], measures: list[str]) -> pd.DataFrame:
    """Size of each group, and mean and standard deviation of each measure in it."""
    require_columns(frame, [*group_by, *measures])
    groups = frame.groupby(group_by)
    summary = groups.size().rename("count").to_frame()
    for name in measures:
        summary[f"{name}_mean"] = groups[name].mean()
        summary[f"{name}_std"] = groups[name].std()
    return summary.reset_index()


def table(frame: pd.DataFrame) -> dict:
    """The frame as plain values: missing ones are None, fractions have four decimals."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {
        "columns": [str(name) for name in frame.columns],
        "rows": [{str(name): plain(value) for name, value in row.items()} for row in rows],
    }


def plain(value):
    # A numpy scalar (which `.item()` turns into Python's own number) may come out of any pandas operation.
    value = value.item() if hasattr(value, "item") else value
    return round(value, 4) if isinstance(value, float) else value


def kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(column) else "text"


def count_missing(frame: pd.DataFrame) -> dict:
    return {name: int(count) for name, count in frame.isna().sum().items() if count}


def first_text_column(frame: pd.DataFrame) -> list[str]:
    names = [name for name in frame.columns if kind(frame[name]) == "text"]
    if not names:
        raise ValueError("no column of text to group by: say which with `group_by`")
    return names[:1]


def numeric_columns(frame: pd.DataFrame, without: list[str]) -> list[str]:
    return [name for name in frame.columns if kind(frame[name]) in ("integer", "number") and name not in without]


def require_columns(frame: pd.DataFrame, names: list[str]) -> None:
    unknown = [name for name in names if name not in frame.columns]
    if unknown:
        raise ValueError(f"no column {', '.join(unknown)}; there are: {', '.join(map(str, frame.columns))}")


def installed(package: str):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    DataTransformer().start_server()
