"""`read_table`: what it reads, what it says, and what it refuses."""

import gzip
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from losskit.chooser.table import BUNDLED, as_frame, read_table
from losskit.errors import InvalidInput, InvalidType, LosskitError, UnknownName

ROWS = 60


def rows(count: int = ROWS) -> list[list[object]]:
    return [[i * 2, f"name {i % 7}", i / 4 + 0.25] for i in range(count)]


def write(path: Path, lines: list[list[object]], delimiter: str = ",", header: str = "area,street,price") -> Path:
    text = "\n".join([header.replace(",", delimiter), *(delimiter.join(map(str, line)) for line in lines)]) + "\n"
    path.write_text(text)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt"])
def test_every_delimiter_is_read_under_every_suffix(tmp_path, delimiter, suffix):
    table = read_table(write(tmp_path / f"d{suffix}", rows(), delimiter), "price")
    assert list(table.frame.columns) == ["area", "street"]
    assert table.frame["area"].tolist() == [2 * i for i in range(ROWS)]
    np.testing.assert_array_equal(table.target, [i / 4 + 0.25 for i in range(ROWS)])
    assert (table.target_name, table.source, table.notes) == ("price", f"d{suffix}", [])


def test_gzip_and_parquet_read_as_the_csv_does(tmp_path):
    plain = write(tmp_path / "d.csv", rows())
    packed = tmp_path / "d.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    parquet = tmp_path / "d.parquet"
    pd.read_csv(plain).to_parquet(parquet)
    expected = read_table(plain, "price")
    for path in (packed, parquet):
        table = read_table(path, "price")
        pd.testing.assert_frame_equal(table.frame, expected.frame)
        np.testing.assert_array_equal(table.target, expected.target)


def test_frames_and_arrays_read_alike():
    frame = pd.DataFrame(rows(), columns=["area", "street", "price"])
    expected = read_table(frame, "price")
    for source, target in [
        (pl.from_pandas(frame), "price"),
        (frame.drop(columns="price"), frame["price"]),
        (frame.drop(columns="price"), frame["price"].to_numpy()),
        (pl.from_pandas(frame.drop(columns="price")), pl.Series("price", frame["price"].tolist())),
    ]:
        table = read_table(source, target)
        assert table.frame.to_dict("list") == expected.frame.to_dict("list")
        np.testing.assert_array_equal(table.target, expected.target)
    matrix = np.arange(2.0 * ROWS).reshape(ROWS, 2)
    table = read_table(matrix, matrix[:, 0] + 1)
    assert list(table.frame.columns) == ["x0", "x1"]
    np.testing.assert_array_equal(table.frame.to_numpy(), matrix)


def test_the_callers_frame_is_left_alone():
    frame = pd.DataFrame(rows(), columns=["area", "area", "price"], index=range(5, 5 + ROWS))
    before = frame.copy(deep=True)
    read_table(frame, "price")
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets_know_their_target(name):
    table = read_table(f"sklearn:{name}")
    assert "target" not in table.frame.columns
    assert len(table.target) == len(table.frame) >= 150
    assert table.source == f"sklearn:{name}"


def test_bundled_labels_are_words_where_they_have_any():
    assert set(read_table("sklearn:iris").target) == {"setosa", "versicolor", "virginica"}
    assert read_table("sklearn:diabetes").target.dtype == np.float64


def test_european_spreadsheets_read(tmp_path):
    path = tmp_path / "d.csv"
    lines = [f"{i},5;{'öst' if i % 2 else 'süd'};{i},25" for i in range(ROWS)]
    path.write_bytes("\r\n".join(["sep=;", "Fläche;Ort;Preis", *lines]).encode("latin-1"))
    table = read_table(path, "Preis")
    assert table.frame["Fläche"].iloc[3] == 3.5
    assert table.target[4] == 4.25
    assert "Latin-1" in " ".join(table.notes)
    assert "decimal comma" in " ".join(table.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marked_encodings_leave_no_trace_in_the_names(tmp_path, encoding):
    path = tmp_path / "d.csv"
    path.write_text("größe,preis\n" + "\n".join(f"{i},{i % 9}" for i in range(ROWS)), encoding=encoding)
    assert list(read_table(path, "preis").frame.columns) == ["größe"]
    assert list(read_table(path, "größe").frame.columns) == ["preis"]


def test_quotes_line_breaks_blank_lines_and_question_marks(tmp_path):
    path = tmp_path / "d.csv"
    lines = [f'"a, ""b""\n{i}",?,{i}' if i % 2 else f"plain,{i},{i}\n" for i in range(ROWS)]
    path.write_text('\n\n"text\nof two lines", b ,price\n' + "\n".join(lines))
    table = read_table(path, "price")
    assert table.frame.columns.tolist() == ["text\nof two lines", "b"]
    assert table.frame.iloc[1, 0] == 'a, "b"\n1'
    assert table.frame["b"].isna().sum() == ROWS // 2
    assert table.target.tolist() == list(range(ROWS))


@pytest.mark.parametrize("start", [0, 1])
def test_a_column_that_only_numbers_the_rows_is_left_out(tmp_path, start):
    lines = [[i + start, *line] for i, line in enumerate(rows())]
    table = read_table(write(tmp_path / "d.csv", lines, header=",area,street,price"), "price")
    assert list(table.frame.columns) == ["area", "street"]
    assert "numbers the rows" in table.notes[0]


def test_row_names_and_trailing_delimiters_shift_nothing(tmp_path):
    named = write(tmp_path / "r.csv", [[f"row{i}", *line] for i, line in enumerate(rows())])
    trailing = write(tmp_path / "t.csv", [[*line, ""] for line in rows()])
    for path in (named, trailing):
        table = read_table(path, "price")
        assert table.frame["area"].tolist() == [2 * i for i in range(ROWS)]
        np.testing.assert_array_equal(table.target, [i / 4 + 0.25 for i in range(ROWS)])


def test_empty_repeated_and_nested_columns_are_said(tmp_path):
    lines = [[1, i, "", i] for i in range(ROWS)]
    table = read_table(write(tmp_path / "d.csv", lines, header="a,a,b,price"), "price")
    assert list(table.frame.columns) == ["a", "a.1"]
    assert any("empty: b" in note for note in table.notes)
    assert any("numbered: a" in note for note in table.notes)
    nested = pd.DataFrame({"a": range(ROWS), "l": [[1, 2]] * ROWS, "y": range(ROWS)})
    table = read_table(nested, "y")
    assert list(table.frame.columns) == ["a"]
    assert "lists" in table.notes[0]


def test_a_name_that_looks_numbered_is_no_duplicate():
    frame = pd.DataFrame({"a": range(ROWS), "y": range(ROWS), "y.1": range(ROWS)})
    assert list(read_table(frame, "y").frame.columns) == ["a", "y.1"]


def test_missing_targets_are_counted_and_dropped_when_asked(tmp_path):
    lines = [[i, i, "" if i in (3, 9) else "inf" if i == 4 else i] for i in range(ROWS)]
    path = write(tmp_path / "d.csv", lines)
    with pytest.raises(InvalidInput, match="3 of 60 rows") as caught:
        read_table(path, "price")
    assert "--drop-missing-target" in caught.value.remedy
    table = read_table(path, "price", drop_missing_target=True)
    assert len(table.frame) == len(table.target) == ROWS - 3
    assert table.frame["area"].tolist() == table.target.tolist()
    assert "3 of 60 rows were left out" in table.notes[0]


FAULTS = {
    "missing": (None, "no such file"),
    "empty": (b"", "is empty"),
    "blank": (b"\n\n\n", "is empty"),
    "header_only": (b"a,price\n", "no rows"),
    "few": (b"a,price\n" + b"1,2\n" * 10, "10 rows; at least 30"),
    "no_target": (b"a,prize\n" + b"1,2\n" * 40, "unknown column 'price'"),
    "colons": (b"a:price\n" + b"1:2\n" * 40, "separated by ':'"),
    "no_header": (b"1.5,2,3\n" * 40, "numbers, not names"),
    "binary": (bytes(range(256)) * 20, "is not text"),
    "zip": (b"PK\x03\x04\0\0" + bytes(range(256)), "is not text"),
    "bad_gzip": (b"\x1f\x8b\x08\x00garbage", "cannot be unpacked"),
    "bad_parquet": (b"PAR1garbagePAR1", "Parquet"),
    "wide_row": (b"a,price\n" + b"1,2\n" * 40 + b"1,2,3,4\n", "row 42"),
    "late_wide_row": (b"a,price\n" + b"1,2\n3,4\n" * 400 + b"1,2,3,4\n", "line 802"),
    "twice": (b"price,price\n" + b"1,2\n" * 40, "appears 2 times"),
    "constant": (b"a,price\n" + b"1,2\n" * 40, "same target"),
    "alone": (b"price\n" + b"1\n2\n" * 40, "no feature column"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named_with_a_remedy(tmp_path, fault):
    content, message = FAULTS[fault]
    path = tmp_path / "d.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LosskitError) as caught:
        read_table(path, "price")
    assert message in caught.value.message
    assert caught.value.remedy


def test_near_names_are_offered(tmp_path):
    path = write(tmp_path / "prices.csv", rows())
    with pytest.raises(UnknownName, match="did you mean price"):
        read_table(path, "pirce")
    with pytest.raises(InvalidInput, match=r"prices\.csv"):
        read_table(tmp_path / "price.csv", "price")
    with pytest.raises(UnknownName, match="diabetes"):
        read_table("sklearn:diabetis")
    with pytest.raises(InvalidInput, match="three targets"):
        read_table("sklearn:linnerud")
    with pytest.raises(UnknownName, match="price"):
        read_table(pd.read_csv(path), "Prices")


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="directory"):
        read_table(tmp_path, "price")


def test_wrong_kinds_are_refused():
    matrix = np.arange(2.0 * ROWS).reshape(ROWS, 2)
    for source, target, kind in [
        (matrix.tolist(), matrix[:, 0], InvalidType),
        (matrix, matrix[:, 0].tolist(), InvalidType),
        (matrix, matrix[:, :1], InvalidInput),
        (matrix[:, 0], matrix[:, 0], InvalidInput),
        (matrix, matrix[:-1, 0], InvalidInput),
        (matrix, None, InvalidInput),
    ]:
        with pytest.raises(kind):
            read_table(source, target)


def test_faults_of_a_file_are_found_without_pandas_and_at_once(tmp_path):
    path = write(tmp_path / "d.csv", rows())
    code = (
        "import sys; from losskit.chooser.table import read_table\n"
        f"for p, t in [({str(path)!r}, 'nope'), ('nowhere.csv', 'y')]:\n"
        "    try: read_table(p, t)\n"
        "    except Exception as error: print(type(error).__name__)\n"
        "print(sorted({'pandas', 'sklearn', 'skrub', 'torch', 'pyarrow'} & set(sys.modules)))"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["UnknownName", "InvalidInput", "[]"]
    assert time.perf_counter() - start < 5


def test_new_rows_get_the_names_that_reading_gave():
    matrix = np.arange(2.0 * ROWS).reshape(ROWS, 2)
    for source in (matrix, pd.DataFrame(matrix, columns=[0, " b "]), pl.DataFrame(matrix, schema=["a", "b"])):
        table = read_table(source, matrix[:, 0])
        pd.testing.assert_frame_equal(as_frame(source), table.frame)
