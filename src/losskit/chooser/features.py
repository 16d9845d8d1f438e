"""From a table of anything to a matrix of numbers, without looking at the target.

Numbers and bools are taken as they are; categories, text and dates go through skrub's TableVectorizer, which is only
imported where there are any. What is learnt (levels, medians, scales) is learnt from the given rows alone.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from losskit.chooser.textfile import unique_names
from losskit.chooser.wording import counted, listed
from losskit.errors import InvalidInput, require

MAX_COLUMNS = 1000
VOCABULARY_ROWS = 20_000
FAR_OUT = 20.0  # in robust deviations from the median; a normal column of any real size never gets there
CLIP = 10.0
LARGEST = 1e150
MONEY = re.compile(r"\s*[-+(]?\s*[$€£¥]?\s*-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\s*[$€£¥%]?\)?\s*")


@dataclass(frozen=True)
class Features:
    """A table as numbers.

    matrix:      (n, d) float32, standardised on the rows that were learnt from, nothing missing, d >= 1
    names:       d names
    sentence:    what was made of which columns, and from which rows it was learnt
    transformer: turns a frame with the same columns into such a matrix; it can be pickled
    """

    matrix: np.ndarray
    names: list[str]
    sentence: str
    transformer: TableTransformer = field(repr=False)

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """New rows as an (m, d) float32 matrix."""
        return self.transformer.transform(frame)


def make_features(frame: pd.DataFrame, fit_rows: np.ndarray | None = None) -> Features:
    """Learn the features from the rows `fit_rows` (row numbers or a mask; default: all) and apply them to every row.

    Raises InvalidInput if there is no row or no column.
    """
    rows = np.arange(len(frame)) if fit_rows is None else np.asarray(fit_rows)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows
    if not len(rows) or not frame.shape[1]:
        raise InvalidInput(f"features need rows and columns, got {len(rows)} and {frame.shape[1]}", "Check the table.")
    transformer = TableTransformer()
    matrix = transformer.fit_transform(frame, rows)
    learnt = "all rows" if len(rows) == len(frame) else f"{len(rows)} of {len(frame)} rows"
    sentence = f"{transformer.summary} Learnt from {learnt}, without the target."
    return Features(matrix, transformer.names, sentence, transformer)


class TableTransformer:
    """Columns to numbers, gaps to medians with an indicator, and a scale that far-out values do not spoil."""

    def fit_transform(self, frame: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
        """Learn from the row numbers `rows` of `frame`, which does not hold the target; the (n, d) matrix of all rows.

        Levels and words are learnt from at most 20,000 of the rows, spread evenly: more take long and change little.
        """
        learnt = frame.iloc[rows]
        self.columns = list(frame.columns)
        self.numeric = [name for name in self.columns if frame[name].dtype.kind in "biuf"]
        others = [name for name in self.columns if name not in set(self.numeric)]
        self.money = [name for name in others if _is_money(learnt[name])]
        self.vectorised = [name for name in others if name not in set(self.money)]
        self.vectorizer = None
        if self.vectorised:
            some = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), VOCABULARY_ROWS)).astype(int))
            self.vectorizer = _vectorizer(len(rows))
            with _quiet():
                self.vectorizer.fit(_plain(learnt[self.vectorised].iloc[some]))
        values, names = self._numbers(frame)
        infinite = int(np.isinf(values[rows]).sum())
        values = _finite(values)
        self.scaler = Scaler().fit(values[rows], names)
        self.names = unique_names(self.scaler.names, None, [])
        self.summary = self._summarise(infinite)
        return self.scaler.transform(values)

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """An (m, d) float32 matrix; levels never seen count as none, values that are no numbers as missing."""
        absent = [name for name in self.columns if name not in frame.columns]
        if absent:
            raise InvalidInput(
                f"the table lacks {counted(len(absent), 'column')}: {listed(absent)}", "Add these columns."
            )
        values, _ = self._numbers(frame)
        return self.scaler.transform(_finite(values))

    def _numbers(self, frame: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
        """All columns as float64, NaN where missing, and their names."""
        columns = [_to_float(frame[name]) for name in self.numeric]
        columns += [_from_money(frame[name]) for name in self.money]
        names = [*self.numeric, *self.money]
        parts = [np.column_stack(columns)] if columns else []
        if self.vectorizer is not None:
            with _quiet():
                made = self.vectorizer.transform(_plain(frame[self.vectorised]))
            parts.append(made.to_numpy(dtype=np.float64))
            names += list(made.columns)
        if not names:
            return np.zeros((len(frame), 1)), ["nothing"]
        return np.concatenate(parts, axis=1), names

    def _summarise(self, infinite: int) -> str:
        counts = {"numeric": len(self.numeric), "numbers written as text": len(self.money)}
        if self.vectorizer is not None:
            words = {"numeric": "numeric", "datetime": "dates", "low_cardinality": "categories (one-hot)"}
            words["high_cardinality"] = "text or many-valued categories (n-grams)"
            for kind, inputs in self.vectorizer.kind_to_columns_.items():
                if kind in words:
                    counts[words[kind]] = counts.get(words[kind], 0) + len(inputs)
        kinds = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        said = [
            f"{counted(len(self.columns), 'column')} ({kinds or 'empty'}) became {counted(len(self.names), 'number')}."
        ]
        if infinite:
            said.append(f"Infinite values, treated as missing: {infinite}.")
        return " ".join(said + self.scaler.notes)


class Scaler:
    """Fills gaps, leaves out what does not vary, and standardises (n, d) numbers column by column.

    A column with values far out (20 robust deviations) passes through asinh of its robust score first, so that these
    neither set the scale nor lose their order. Then all: mean 0 and standard deviation 1, cut at 10 deviations.
    Columns of 0 and 1 are divided by at least 0.1, so that rare levels do not become huge.
    """

    def fit(self, values: np.ndarray, names: list[str]) -> Scaler:
        """Learn from `values`, (n, d) float64 with NaN for what is missing."""
        gaps = np.isnan(values)
        seen = ~gaps.all(axis=0)
        self.median = np.zeros(values.shape[1])
        self.median[seen] = np.nanmedian(values[:, seen], axis=0)
        filled = np.where(gaps, self.median, values)
        varies = filled.min(axis=0) < filled.max(axis=0)
        self.marked = np.flatnonzero(gaps.any(axis=0) & seen)
        self._learn_spread(filled)
        kept = self._assemble(filled, gaps)
        self.keep = self._choose(kept, varies, names)
        labels = [*names, *(f"{names[column]} is missing" for column in self.marked)]
        self.names = [labels[column] for column in self.keep]
        kept = kept[:, self.keep]
        self.mean = kept.mean(axis=0)
        deviation = kept.std(axis=0)
        binary = ((kept == 0) | (kept == 1)).all(axis=0)
        self.deviation = np.where(binary, np.maximum(deviation, 0.1), np.where(deviation > 0, deviation, 1.0))
        return self

    def transform(self, values: np.ndarray) -> np.ndarray:
        """(m, d') float32: standardised, nothing missing."""
        gaps = np.isnan(values)
        kept = self._assemble(np.where(gaps, self.median, values), gaps)[:, self.keep]
        return np.clip((kept - self.mean) / self.deviation, -CLIP, CLIP).astype(np.float32)

    def _learn_spread(self, filled: np.ndarray) -> None:
        """Which columns have values far out, and the robust deviation of each."""
        first, third = np.quantile(filled, [0.25, 0.75], axis=0)
        deviation = filled.std(axis=0)
        self.spread = np.where(third > first, (third - first) / 1.349, np.where(deviation > 0, deviation, 1.0))
        self.far_out = (np.abs(filled - self.median) > FAR_OUT * self.spread).any(axis=0)

    def _assemble(self, filled: np.ndarray, gaps: np.ndarray) -> np.ndarray:
        """The columns, those far out bent by asinh, followed by the indicators of what was missing."""
        score = (filled - self.median) / self.spread
        return np.concatenate([np.where(self.far_out, np.arcsinh(score), score), gaps[:, self.marked]], axis=1)

    def _choose(self, columns: np.ndarray, varies: np.ndarray, names: list[str]) -> np.ndarray:
        """The columns to keep: those that vary, at most MAX_COLUMNS of them; one where none does."""
        self.notes = []
        alive = np.flatnonzero(np.concatenate([varies, np.ones(len(self.marked), dtype=bool)]))
        constant = int((~varies).sum())
        if constant:
            self.notes.append(f"Left out as constant: {constant}.")
        if not len(alive):
            self.notes.append("No column varies: the model can only predict a constant.")
            return np.array([0])
        if len(alive) > MAX_COLUMNS:
            usual = np.median(columns[:, alive], axis=0)
            unusual = (columns[:, alive] != usual).mean(axis=0)
            alive = np.sort(alive[np.argsort(-unusual, kind="stable")[:MAX_COLUMNS]])
            self.notes.append(f"Only the {MAX_COLUMNS} that vary in most rows were kept.")
        return alive


def _vectorizer(rows: int) -> Any:
    """One-hot for up to 40 levels (rare ones together), n-grams beyond, parts and cycles for dates.

    Text becomes one number for every 20 rows: at least 3, at most 20.
    """
    skrub = require("skrub", "choose")
    encoders = require("sklearn.preprocessing", "choose")
    one_hot = encoders.OneHotEncoder(
        drop="if_binary", handle_unknown="ignore", min_frequency=5, sparse_output=False, dtype="float32"
    )
    return skrub.TableVectorizer(
        low_cardinality=one_hot,
        high_cardinality=skrub.StringEncoder(n_components=min(20, max(3, rows // 20)), random_state=0),
        datetime=skrub.DatetimeEncoder(add_weekday=True, periodic_encoding="circular"),
    )


def _finite(values: np.ndarray) -> np.ndarray:
    """Infinite as NaN, and nothing so large that its square overflows."""
    return np.clip(np.where(np.isinf(values), np.nan, values), -LARGEST, LARGEST)


def _quiet() -> warnings.catch_warnings:
    """Silence what skrub and scikit-learn say of levels never seen, few n-grams, and gaps in dates: all are handled."""
    return warnings.catch_warnings(action="ignore")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of mixed Python objects as text, durations as seconds; skrub knows the rest."""
    return pd.DataFrame({name: _plain_column(frame[name]) for name in frame.columns}, index=range(len(frame)))


def _plain_column(column: pd.Series) -> pd.Series:
    column = column.reset_index(drop=True)
    if column.dtype.kind == "m":
        return column.dt.total_seconds()
    if isinstance(column.dtype, pd.CategoricalDtype | pd.PeriodDtype | pd.IntervalDtype):
        column = column.astype(object)
    if column.dtype != object:
        return column
    if pd.api.types.infer_dtype(column, skipna=True) in {"datetime", "date", "datetime64"}:
        return pd.to_datetime(column, errors="coerce")
    return column.map(_as_text, na_action="ignore").astype("str")


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _to_float(column: pd.Series) -> np.ndarray:
    if column.dtype.kind not in "biuf":
        column = pd.to_numeric(column, errors="coerce")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _is_money(column: pd.Series) -> bool:
    """Text of which every cell is a number, some with a currency sign, a % or thousands separators."""
    if column.dtype.kind not in "OTUS" and not isinstance(column.dtype, pd.StringDtype):
        return False
    texts = column.dropna().unique()
    return len(texts) > 0 and all(isinstance(text, str) and MONEY.fullmatch(text) for text in texts)


def _from_money(column: pd.Series) -> np.ndarray:
    texts = column.astype("str")
    negative = texts.str.contains(r"^\s*\(|-", regex=True).fillna(False).to_numpy(dtype=bool)
    digits = pd.to_numeric(texts.str.replace(r"[^\d.]", "", regex=True), errors="coerce")
    values = digits.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(negative, -values, values)
