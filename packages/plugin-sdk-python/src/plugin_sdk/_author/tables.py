"""Rows or columns of a table: of pandas, polars or pyarrow, none of which is imported. Imported when a plugin asks for it."""

from __future__ import annotations

from .._codec.text import represented

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal, Protocol, overload

    class _Column(Protocol):
        def values(self) -> list[Any]:
            """Those of Python; None where one is missing."""

        def array(self) -> Any:
            """Of numbers, for numpy; None: it has others, or one is missing."""
else:

    def overload(function):
        return function


@overload
def records(table: Any, *, columns: Literal[False] = False) -> list[dict[str, Any]]: ...
@overload
def records(table: Any, *, columns: Literal[True]) -> dict[str, Any]: ...  # noqa: F811
def records(table: Any, *, columns: bool = False) -> Any:  # noqa: F811
    """A DataFrame of pandas or polars, or a Table of pyarrow, in a form that can be sent: a list of rows, each a dict.

    With `columns` a dict of columns: typed arrays of numbers, and lists of all else. That is many times as fast to send.
    Names of columns become text. A missing value is None: NaN, NaT and NA of pandas, null of the others. The index of pandas is
    left out; `table.reset_index()` makes columns of it. Raises TypeError for another object, ValueError if two columns have
    the same name.
    """
    named = dict(_columns_of(table))
    if columns:
        return {name: _array_or_list(column) for name, column in named.items()}
    values = [column.values() for column in named.values()]
    return [dict(zip(named, row)) for row in zip(*values)]


def _columns_of(table: Any) -> Iterable[tuple[str, _Column]]:
    kinds = {(base.__module__.partition(".")[0], base.__name__) for base in type(table).__mro__}
    columns: list[_Column]
    if ("pandas", "DataFrame") in kinds:
        names, columns = table.columns, [_OfPandas(table.iloc[:, place]) for place in range(len(table.columns))]
    elif ("polars", "DataFrame") in kinds:
        names, columns = table.columns, [_OfPolars(series) for series in table.get_columns()]
    elif kinds & {("pyarrow", "Table"), ("pyarrow", "RecordBatch")}:
        names, columns = table.schema.names, [_OfArrow(column) for column in table.columns]
    else:
        advice = "; call its collect() first" if ("polars", "LazyFrame") in kinds else ""
        wanted = "a DataFrame of pandas or polars, or a Table of pyarrow"
        raise TypeError("records takes %s, not %s%s" % (wanted, _type_name(type(table)), advice))
    texts = [name if type(name) is str else str(name) for name in names]
    for text in texts:
        if texts.count(text) > 1:
            raise ValueError("two columns are named %s: a row can hold only one of them" % represented(text))
    return zip(texts, columns)


def _array_or_list(column: _Column) -> Any:
    array = column.array()
    return column.values() if array is None else array


class _OfPandas:
    def __init__(self, series: Any) -> None:
        self._series = series
        self._missing = series.isna()

    def values(self) -> list[Any]:
        values: list[Any] = self._series.tolist()
        if not self._missing.any():
            return values
        return [None if is_missing else value for value, is_missing in zip(values, self._missing.tolist())]

    def array(self) -> Any:
        dtype = self._series.dtype
        kind = getattr(dtype, "kind", "O")
        # NaN is a number to an array of floats, but NA is none.
        if kind not in "biuf" or (self._missing.any() and type(dtype).__module__.startswith("pandas")):
            return None
        plain = getattr(dtype, "numpy_dtype", None) or getattr(dtype, "subtype", dtype)
        return self._series.to_numpy(dtype=plain)


class _OfPolars:
    def __init__(self, series: Any) -> None:
        self._series = series

    def values(self) -> list[Any]:
        return self._series.to_list()  # type: ignore[no-any-return]

    def array(self) -> Any:
        dtype = self._series.dtype
        if self._series.null_count() or not (dtype.is_integer() or dtype.is_float() or str(dtype) == "Boolean"):
            return None
        return _with_numpy(self._series.to_numpy)


class _OfArrow:
    def __init__(self, column: Any) -> None:
        self._column = column

    def values(self) -> list[Any]:
        return self._column.to_pylist()  # type: ignore[no-any-return]

    def array(self) -> Any:
        numbers = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double")
        if self._column.null_count or str(self._column.type) not in (*numbers, "halffloat"):
            return None
        # One piece of a table takes no argument in every version; a batch's array copies only where it is told to.
        copies = {} if hasattr(self._column, "chunks") else {"zero_copy_only": False}
        return _with_numpy(lambda: self._column.to_numpy(**copies))


def _with_numpy(convert: Any) -> Any:
    """None where numpy is not installed."""
    try:
        return convert()
    except ImportError:
        return None


def _type_name(cls: type) -> str:
    return cls.__name__ if cls.__module__ == "builtins" else "%s.%s" % (cls.__module__, cls.__name__)
