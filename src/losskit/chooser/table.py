"""From a file, a frame, arrays or a bundled data set to a `Table`: features, target, and what was changed on the way.

The cheap faults of a file (missing, empty, no such column) are found with the csv module, before pandas is imported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from losskit.chooser.textfile import TextLayout, inspect_text, unique_names, unknown_column
from losskit.chooser.wording import counted, listed
from losskit.errors import InvalidInput, InvalidType, UnknownName, nearest, require

if TYPE_CHECKING:
    import pandas as pd

MIN_ROWS = 30
BUNDLED = ("diabetes", "breast_cancer", "iris", "wine", "digits")


@dataclass(frozen=True)
class Table:
    """A table split into features and target.

    frame:       the features, a pandas DataFrame of n rows with unique string names
    target:      (n,) array: numbers, bools, or an object array of labels; nothing missing
    target_name: the target's column name
    source:      where the table came from, for people ("prices.csv", "sklearn:iris", "arrays")
    notes:       one sentence for each thing that was changed while reading
    """

    frame: pd.DataFrame
    target: np.ndarray
    target_name: str
    source: str
    notes: list[str] = field(default_factory=list)


def read_table(source: Any, target: Any = None, *, drop_missing_target: bool = False) -> Table:
    """Read `source` and take `target` out of it.

    source: a path (CSV with , ; tab or | between fields, .csv .tsv .txt and .gz of these, Parquet), a pandas or polars
            DataFrame, a 2-d array, or "sklearn:NAME" for a data set that scikit-learn brings along
    target: the name of the target's column; or, beside a DataFrame or an array, the (n,) target itself; a bundled
            data set knows its own
    drop_missing_target: leave out the rows whose target is missing or infinite, instead of raising

    Raises InvalidInput, InvalidType or UnknownName, each with a remedy.
    """
    notes: list[str] = []
    if isinstance(source, str | Path):
        frame, column, name = _read_named(source, target, notes)
    else:
        frame, column, name = _read_in_memory(source, target, notes)
    where = _source_name(source)
    if column is None:
        frame, column = _split_target(frame, name, where)
    frame = _tidy(frame, notes)
    frame, values = _check_target(frame, column, name, drop_missing_target, notes)
    if frame.shape[1] == 0:
        raise InvalidInput(f"{where} has no feature column beside the target {name!r}", "Give a table with features.")
    return Table(frame, values, name, where, notes)


def as_frame(source: Any) -> pd.DataFrame:
    """Features given in memory, without a target, under the names that `read_table` gives them: new rows to predict."""
    return _with_unique_names(_in_pandas(source), None, [])


def _read_named(source: str | Path, target: Any, notes: list[str]) -> tuple[pd.DataFrame, None, str]:
    """A frame with its target still inside, from a path or the name of a bundled data set."""
    if isinstance(source, str) and source.startswith("sklearn:"):
        return _load_bundled(source.removeprefix("sklearn:")), None, "target" if target is None else str(target)
    if target is None or np.ndim(target) != 0:
        raise InvalidInput("a file needs the name of its target column", "Give it: --target NAME (target=NAME).")
    path, name = Path(source), str(target).strip()
    _check_path(path)
    if _starts_with(path, b"PAR1"):
        return _read_parquet(path, name, notes), None, name
    layout = inspect_text(path, name, MIN_ROWS)
    notes.extend(layout.notes)
    return _read_text(path, layout), None, name


def _check_path(path: Path) -> None:
    if path.is_dir():
        raise InvalidInput(f"{path} is a directory, not a file", "Give the path of one CSV or Parquet file.")
    if not path.exists():
        raise InvalidInput(f"no such file: {path}", _near_files(path))
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", "Check the file's permissions.") from error
    if not head:
        raise InvalidInput(f"{path} is empty", "Give a file with a header line and rows.")


def _near_files(path: Path) -> str:
    folder = path.parent
    names = [entry.name for entry in folder.iterdir() if entry.is_file()] if folder.is_dir() else []
    near = nearest(path.name, names)
    return f"Did you mean {' or '.join(near)}?" if near else "Check the path."


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _read_parquet(path: Path, target: str, notes: list[str]) -> pd.DataFrame:
    parquet = require("pyarrow.parquet", "choose")
    arrow = require("pyarrow", "choose")
    try:
        names = parquet.read_schema(path).names
        if target not in [str(name).strip() for name in names]:
            raise unknown_column(target, names, path.name)
        frame = require("pandas", "choose").read_parquet(path)
    except (arrow.ArrowInvalid, OSError) as error:
        detail = str(error).splitlines()[0]
        raise InvalidInput(f"{path} is not a whole Parquet file: {detail}", "Write the file again.") from error
    return _with_unique_names(frame.reset_index(drop=target not in frame.index.names), target, notes)


def _read_text(path: Path, layout: TextLayout) -> pd.DataFrame:
    pandas = require("pandas", "choose")
    try:
        return pandas.read_csv(
            path,
            sep=layout.delimiter,
            encoding=layout.encoding,
            compression=layout.compression,
            decimal=layout.decimal,
            skiprows=layout.lines_to_skip,
            header=0,
            names=layout.names,
            index_col=False,
            skipinitialspace=True,
            na_values=["?"],
            low_memory=False,
        )
    except (pandas.errors.ParserError, ValueError) as error:
        detail = str(error).strip().splitlines()[-1].removeprefix("Error tokenizing data. C error: ")
        remedy = "Mend or remove that line; a field that holds the delimiter needs quotes."
        raise InvalidInput(f"{path} cannot be read: {detail}", remedy) from error


def _load_bundled(name: str) -> pd.DataFrame:
    if name == "linnerud":
        raise InvalidInput("sklearn:linnerud has three targets, and 20 rows", f"Known: {', '.join(BUNDLED)}.")
    if name not in BUNDLED:
        raise UnknownName("data set", name, BUNDLED, " in sklearn:")
    data = getattr(require("sklearn.datasets", "choose"), f"load_{name}")(as_frame=True)
    frame = data.frame.copy()
    labels = getattr(data, "target_names", None)
    if labels is not None and isinstance(labels[0], str):
        frame["target"] = np.asarray(labels, dtype=object)[data.target.to_numpy()]
    return frame


def _read_in_memory(source: Any, target: Any, notes: list[str]) -> tuple[pd.DataFrame, Any, str]:
    """A frame and its target: None where `target` names a column that is still inside."""
    if target is None:
        raise InvalidInput("no target was given", "Give the name of its column, or an array of one value a row.")
    if not hasattr(target, "shape") and np.ndim(target) == 0:
        name = str(target).strip()
        return _with_unique_names(_in_pandas(source), name, notes), None, name
    frame, column = _with_unique_names(_in_pandas(source), None, notes), _as_column(target)
    if len(column) != len(frame):
        raise InvalidInput(
            f"the target has {len(column)} values, the table {len(frame)} rows", "Give one target value a row."
        )
    return frame, column, str(getattr(target, "name", None) or "target")


def _in_pandas(source: Any) -> pd.DataFrame:
    pandas = require("pandas", "choose")
    if isinstance(source, pandas.DataFrame):
        return source.reset_index(drop=True)
    library = type(source).__module__.partition(".")[0]
    if library == "polars":
        source = source.collect() if hasattr(source, "collect") else source
        return source.to_pandas()
    if isinstance(source, list | tuple | dict):
        raise InvalidType(f"expected a path, DataFrame or array, got a {type(source).__name__}", "Wrap it: np.asarray.")
    if library == "scipy":
        raise InvalidType("expected a dense table, got a sparse matrix", "Use X.toarray().")
    values = np.asarray(source)
    if values.ndim != 2:
        raise InvalidInput(
            f"X must have 2 dimensions (rows, columns), got shape {values.shape}", "Use X.reshape(n, d)."
        )
    return pandas.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])]).infer_objects()


def _as_column(target: Any) -> pd.Series:
    pandas = require("pandas", "choose")
    if isinstance(target, list | tuple):
        raise InvalidType(f"the target is a {type(target).__name__}, an array is needed", "Use np.asarray(target).")
    if type(target).__module__.partition(".")[0] == "polars":
        target = target.to_pandas()
    if isinstance(target, pandas.Series):
        return target.reset_index(drop=True)
    values = np.asarray(target)
    if values.ndim != 1:
        raise InvalidInput(
            f"the target must have 1 dimension, got shape {values.shape}", "Use y.ravel() or one column."
        )
    return pandas.Series(values)


def _with_unique_names(frame: pd.DataFrame, target: str | None, notes: list[str]) -> pd.DataFrame:
    """The frame with string names, each once; raises if the target's name is not among them just once."""
    flat = ["_".join(map(str, name)) if isinstance(name, tuple) else str(name).strip() for name in frame.columns]
    return frame.set_axis(unique_names(flat, target, notes), axis=1)


def _split_target(frame: pd.DataFrame, name: str, where: str) -> tuple[pd.DataFrame, pd.Series]:
    if name not in frame.columns:
        raise unknown_column(name, list(frame.columns), where)
    return frame.drop(columns=name), frame[name]


def _tidy(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """The frame without row numbers, empty columns, and columns of lists or the like; each is said in `notes`."""
    for name in [name for name in frame.columns[:1] if name in ("", "Unnamed: 0", "index") and _counts_up(frame[name])]:
        frame = frame.drop(columns=name)
        notes.append("The first column only numbers the rows; it was left out.")
    empty = [name for name in frame.columns if frame[name].isna().all()]
    nested = [name for name in frame.columns if name not in empty and _is_nested(frame[name])]
    if empty:
        notes.append(f"Left out, as they are empty: {listed(empty)}.")
    if nested:
        notes.append(f"Left out, as their cells hold lists or the like: {listed(nested)}.")
    return frame.drop(columns=empty + nested)


def _counts_up(column: pd.Series) -> bool:
    if column.dtype.kind not in "iu":
        return False
    values = column.to_numpy()
    return len(values) > 0 and values[0] in (0, 1) and bool(np.all(np.diff(values) == 1))


def _is_nested(column: pd.Series) -> bool:
    if column.dtype.kind == "c":
        return True
    first = column.dropna().iloc[0] if column.dtype == object else None
    return isinstance(first, list | tuple | dict | set | np.ndarray)


def _check_target(
    frame: pd.DataFrame, column: pd.Series, name: str, drop_missing: bool, notes: list[str]
) -> tuple[pd.DataFrame, np.ndarray]:
    """The frame and the target's values, without rows that have no target; raises if the target says nothing."""
    missing = column.isna().to_numpy()
    if column.dtype.kind == "f":
        missing = missing | ~np.isfinite(column.to_numpy(dtype=float, na_value=np.nan))
    if missing.any():
        count = f"{missing.sum()} of {len(column)} rows"
        if not drop_missing:
            raise InvalidInput(
                f"{count} have no target: {name!r} is missing or infinite there",
                "Leave these rows out with --drop-missing-target (drop_missing_target=True).",
            )
        frame, column = frame[~missing].reset_index(drop=True), column[~missing]
        notes.append(f"{count} were left out: their target is missing or infinite.")
    if len(column) < MIN_ROWS:
        raise InvalidInput(
            f"{counted(len(column), 'row')} with a target; at least {MIN_ROWS} are needed", "Collect more rows."
        )
    if column.nunique() == 1:
        raise InvalidInput(
            f"every row has the same target, {name} = {column.iloc[0]}: there is nothing to learn",
            "Check that --target names the right column.",
        )
    return frame, _plain_values(column)


def _plain_values(column: pd.Series) -> np.ndarray:
    """A NumPy array of numbers, bools, dates, or Python objects."""
    kind = column.dtype.kind
    if kind in "biufM":
        plain = {"b": bool, "i": np.int64, "u": np.int64, "f": np.float64}.get(kind)
        return column.to_numpy(dtype=plain) if plain else column.to_numpy()
    return column.astype(object).to_numpy()


def _source_name(source: Any) -> str:
    if isinstance(source, str) and source.startswith("sklearn:"):
        return source
    if isinstance(source, str | Path):
        return Path(source).name
    return "the DataFrame" if hasattr(source, "columns") else "the array"
