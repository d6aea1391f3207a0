"""Renders tables as a fixed-width text report and as Markdown.

Code like this exists in every company: written against pandas 1.5 and numpy 1.23, correct, and not worth rewriting.
`DataFrame.append` is gone since pandas 2.0 and `numpy.float` since numpy 1.24, so it can't share an environment
with a plugin that needs pandas 2.
"""

from __future__ import annotations

import platform
import warnings
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pandas as pd
from plugin_sdk import PluginBase, action, hook

# Both announce the removals named above, which the versions pinned in pyproject.toml answer.
warnings.filterwarnings("ignore", message=".*frame.append method is deprecated", category=FutureWarning)
warnings.filterwarnings("ignore", message=".*`np.float` is a deprecated alias", category=DeprecationWarning)

MISSING = "-"


class LegacyReporter(PluginBase):
    def execute(self, input_data):
        """Renders `title` and `sections` as plain text and as Markdown.

        A section is `{"heading", "table", "decimals": 1, "total": [column, ...]}`; a table is
        `{"columns": [name, ...], "rows": [record, ...]}`. The columns in `total` are added up in a last row.
        """
        title, sections = input_data["title"], input_data["sections"]
        text, markdown = [title, "=" * len(title)], [f"# {title}"]
        for section in sections:
            cells = format_table(section["table"], section.get("decimals", 1), section.get("total", []))
            heading = section["heading"]
            text += ["", heading, "-" * len(heading), "", fixed_width(*cells)]
            markdown += ["", f"## {heading}", "", markdown_table(*cells)]
        self.context.log.info(f"rendered {len(sections)} sections")
        return {
            "text": "\n".join(text) + "\n",
            "markdown": "\n".join(markdown) + "\n",
            "sections": len(sections),
        }

    @action
    def markdown(self, table: dict, decimals: int = 1) -> str:
        """One table as Markdown."""
        return markdown_table(*format_table(table, decimals, [])) + "\n"

    @action
    def archive(self, document: str) -> dict:
        """Files a document where one may write at a time; `token` grows with each who does."""
        with self.context.lock("archive", timeout=30) as lock:
            return {"token": lock.token, "characters": len(document)}

    @hook("annotate", priority=20)
    def number_notes(self, data):
        """Comes last, when all notes are there."""
        return {**data, "notes": [f"[{number}] {note}" for number, note in enumerate(data["notes"], start=1)]}

    @action
    def versions(self) -> dict:
        """The versions of Python and of the packages this plugin runs on."""
        return {
            "python": platform.python_version(),
            "pandas": installed("pandas"),
            "numpy": installed("numpy"),
        }


def format_table(table: dict, decimals: int, total: list):
    """Column names, rows of formatted cells, and for each column whether it holds numbers."""
    frame = pd.DataFrame(table["rows"], columns=table["columns"])
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    if total:
        frame = frame.append(total_row(frame, total), ignore_index=True)
    places = [decimals_of(frame[name], decimals) if is_number else None for name, is_number in zip(frame, numeric)]
    cells = [
        [format_cell(value, column_places) for value, column_places in zip(row, places)]
        for row in frame.astype(object).itertuples(index=False, name=None)
    ]
    return [str(name) for name in frame.columns], cells, numeric


def total_row(frame: pd.DataFrame, names: list) -> dict:
    unknown = [name for name in names if name not in frame.columns]
    if unknown:
        raise ValueError(f"no column {', '.join(unknown)} to add up; there are: {', '.join(frame.columns)}")
    sums = {name: frame[name].astype(np.float).sum() for name in names}
    return {frame.columns[0]: "total", **sums}


def decimals_of(column: pd.Series, decimals: int) -> int:
    """None at all for a column of whole numbers, so that counts and years read as such."""
    return 0 if (column.dropna() % 1 == 0).all() else decimals


def format_cell(value, decimals) -> str:
    if value is None or value != value:  # NaN is the one value that differs from itself
        return MISSING
    return str(value) if decimals is None else f"{value:.{decimals}f}"


def fixed_width(header: list, rows: list, numeric: list) -> str:
    """Columns as wide as their longest cell; numbers to the right, text to the left."""
    widths = [max(map(len, column)) for column in zip(header, *rows)]

    def line(cells):
        aligned = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(cells, widths, numeric)
        ]
        return "  ".join(aligned).rstrip()

    return "\n".join([line(header), "  ".join("-" * width for width in widths), *map(line, rows)])


def markdown_table(header: list, rows: list, numeric: list) -> str:
    """Written by hand: `DataFrame.to_markdown` needs another package."""
    rule = ["---:" if is_number else "---" for is_number in numeric]
    escaped = [[cell.replace("|", "\\|").replace("\n", " ") for cell in cells] for cells in [header, *rows]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [escaped[0], rule, *escaped[1:]])


def installed(package: str):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    LegacyReporter().start_server()
