"""`make_features`: any table becomes finite numbers, learnt from the given rows alone."""

import pickle

import numpy as np
import pandas as pd
import pytest

from losskit.chooser.features import MAX_COLUMNS, make_features
from losskit.chooser.table import read_table
from losskit.errors import InvalidInput

ROWS = 300


def messy(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "number": random.normal(size=rows),
            "with_gaps": np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows)),
            "with_inf": np.where(random.random(rows) < 0.02, np.inf, random.normal(size=rows)),
            "heavy": random.standard_t(1, size=rows) * 1e6,
            "flag": random.random(rows) < 0.3,
            "category": random.choice(["a", "b", "c", None], rows),
            "levels": pd.Categorical(random.choice(["x", "y"], rows)),
            "day": pd.date_range("2020-01-01", periods=rows).strftime("%Y-%m-%d"),
            "moment": pd.date_range("2020-01-01", periods=rows, freq="h", tz="UTC"),
            "wait": pd.to_timedelta(random.integers(0, 1000, rows), unit="s"),
            "money": [f"${i % 7},{i:03d}.50" if i % 9 else None for i in range(rows)],
            "text": [f"a flat in street {i} with {i % 5} rooms" for i in range(rows)],
            "mixed": [i if i % 2 else f"code {i % 3}" for i in range(rows)],
            "bytes": [b"p" if i % 3 else b"q" for i in range(rows)],
            "nullable": pd.array([None if i % 4 == 0 else i for i in range(rows)], dtype="Int64"),
            "empty": [None] * rows,
            "constant": 3.0,
        }
    )


def test_a_messy_table_becomes_finite_standard_numbers():
    features = make_features(messy())
    assert features.matrix.dtype == np.float32
    assert features.matrix.shape == (ROWS, len(features.names))
    assert len(set(features.names)) == len(features.names)
    assert np.isfinite(features.matrix).all()
    assert np.abs(features.matrix).max() <= 10
    np.testing.assert_allclose(features.matrix.mean(axis=0), 0, atol=0.05)
    assert features.matrix.std(axis=0).min() > 0.1
    for column in ("number", "heavy", "with_gaps is missing", "money", "flag", "wait", "nullable"):
        assert column in features.names
    for column in ("category", "levels", "day", "moment", "text", "mixed", "bytes"):
        assert any(name.startswith(f"{column}_") for name in features.names), column
    assert not {"constant", "empty"} & set(features.names)
    assert "Infinite values, treated as missing" in features.sentence
    assert "without the target" in features.sentence


def test_nothing_is_learnt_from_other_rows():
    frame = messy()
    fit = np.arange(200)
    features = make_features(frame, fit)
    changed = frame.copy()
    changed.loc[200:, "number"] = 1e9
    changed.loc[200:, "category"] = "never seen"
    changed.loc[200:, "text"] = "другие слова"
    other = make_features(changed, fit)
    assert features.names == other.names
    np.testing.assert_array_equal(features.matrix[:200], other.matrix[:200])
    mask = np.arange(ROWS) < 200
    np.testing.assert_array_equal(make_features(frame, mask).matrix, features.matrix)
    assert "200 of 300 rows" in features.sentence


def test_the_same_rows_give_the_same_numbers_anew_and_after_pickling():
    frame = messy()
    features = make_features(frame)
    np.testing.assert_array_equal(make_features(frame).matrix, features.matrix)
    np.testing.assert_array_equal(features.transform(frame), features.matrix)
    again = pickle.loads(pickle.dumps(features))
    np.testing.assert_allclose(again.transform(frame.iloc[::-1]), features.matrix[::-1], atol=1e-6)
    np.testing.assert_allclose(again.transform(frame.iloc[[5]]), features.matrix[[5]], atol=1e-5)


def test_new_rows_may_be_as_messy_as_they_like():
    features = make_features(messy())
    new = messy(4, seed=1).astype(object)
    new.loc[0, ["number", "category", "day", "text", "money"]] = ["n/a", "unheard of", "not a date", None, "call us"]
    new.loc[1, ["heavy", "with_inf"]] = [1e30, -np.inf]
    new.loc[2] = None
    matrix = features.transform(new.assign(extra=1)[[*new.columns[::-1], "extra"]])
    assert matrix.shape == (4, len(features.names))
    assert np.isfinite(matrix).all()
    with pytest.raises(InvalidInput, match="lacks 1 column: money"):
        features.transform(new.drop(columns="money"))


def test_numbers_written_as_text_are_read_as_numbers():
    texts = ["$1,200.50", "(300)", "-$2", "45%", "7", "€ 1,000"] * 10
    features = make_features(pd.DataFrame({"price": texts}))
    price = features.matrix[:6, features.names.index("price")]
    order = np.argsort(price)
    assert [texts[i] for i in order] == ["(300)", "-$2", "7", "45%", "€ 1,000", "$1,200.50"]
    ids = make_features(pd.DataFrame({"ids": [f"A-{i % 3}" for i in range(60)]}))
    assert "ids" not in ids.names


def test_far_out_values_keep_their_order_and_spoil_no_scale():
    clean = np.random.default_rng(0).normal(size=500)
    spoilt = clean.copy()
    spoilt[:3] = [1e6, 1e9, -1e12]
    matrix = make_features(pd.DataFrame({"clean": clean, "spoilt": spoilt})).matrix
    assert matrix[3:, 1].std() > 0.3
    # asinh bends the rest a little, no more.
    assert np.corrcoef(clean[3:], matrix[3:, 1])[0, 1] > 0.97
    assert matrix[2, 1] < matrix[3:, 1].min() < matrix[3:, 1].max() < matrix[0, 1] <= matrix[1, 1]
    np.testing.assert_allclose(matrix[:, 0], (clean - clean.mean()) / clean.std(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1.0] * 40}),
        pd.DataFrame({"a": [None] * 40}),
        pd.DataFrame({"a": [np.nan] * 40}),
        pd.DataFrame({"a": ["same"] * 40}),
    ],
)
def test_a_table_without_information_gives_one_column_of_zeros(frame):
    features = make_features(frame)
    np.testing.assert_array_equal(features.matrix, np.zeros((40, 1)))
    assert "No column varies" in features.sentence


def test_one_column_of_any_kind_is_enough():
    for values in (range(40), [True, False] * 20, ["a", "b"] * 20, ["a", None] * 20, [1.0, np.nan] * 20):
        features = make_features(pd.DataFrame({"a": list(values)}))
        assert features.matrix.shape[1] >= 1
        assert features.matrix.std(axis=0).min() > 0


def test_constant_on_the_fit_rows_only():
    features = make_features(pd.DataFrame({"a": [1.0] * 20 + [2.0] * 20, "b": range(40)}), np.arange(20))
    assert features.names == ["b"]


def test_wide_tables_are_cut():
    frame = pd.DataFrame(np.random.default_rng(0).integers(0, 2, (50, MAX_COLUMNS + 200)).astype(float))
    frame.columns = [f"c{i}" for i in range(frame.shape[1])]
    features = make_features(frame)
    assert features.matrix.shape[1] == MAX_COLUMNS
    assert f"Only the {MAX_COLUMNS}" in features.sentence


def test_no_rows_or_columns_are_refused():
    with pytest.raises(InvalidInput):
        make_features(pd.DataFrame({"a": [1.0]}), np.array([], dtype=int))
    with pytest.raises(InvalidInput):
        make_features(pd.DataFrame(index=range(5)))


@pytest.mark.parametrize("name", ["diabetes", "iris", "digits"])
def test_bundled_sets(name):
    table = read_table(f"sklearn:{name}")
    features = make_features(table.frame)
    assert np.isfinite(features.matrix).all()
    assert features.matrix.shape[1] <= table.frame.shape[1]


def test_a_messy_file_from_start_to_end(tmp_path):
    frame = messy().drop(columns="moment")
    frame["price"] = np.arange(ROWS) / 7
    path = tmp_path / "messy.csv"
    frame.to_csv(path)
    table = read_table(path, "price")
    assert len(table.notes) == 2
    features = make_features(table.frame)
    assert np.isfinite(features.matrix).all()
    assert any(name.startswith("day_") for name in features.names)


def test_values_near_the_end_of_the_floats_do_no_harm():
    frame = pd.DataFrame({"a": [1e308, -1e308] * 30, "b": [np.inf, 1.0] * 30, "c": [1e-320, 0.0] * 30})
    assert np.isfinite(make_features(frame).matrix).all()


def test_names_stay_unique_when_a_level_is_called_like_a_column():
    frame = pd.DataFrame({"cat_a": range(60), "cat": list("abc") * 20})
    assert len(set(make_features(frame).names)) == 4
