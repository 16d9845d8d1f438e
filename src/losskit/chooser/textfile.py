"""How a delimited text file is laid out: encoding, delimiter, header, decimal sign. The csv module alone, no pandas."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TextIO

from losskit.chooser.wording import counted
from losskit.errors import InvalidInput, UnknownName, nearest

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
SAMPLE_ROWS = 200
CHUNK = 1 << 20


@dataclass(frozen=True)
class TextLayout:
    """What pandas must be told to read the file right.

    names: unique names of all columns, the header's or more; lines_to_skip: the lines before the header
    """

    delimiter: str
    encoding: str
    compression: str | None
    decimal: str
    names: list[str]
    lines_to_skip: int
    notes: list[str] = field(default_factory=list)


def inspect_text(path: Path, target: str, min_rows: int) -> TextLayout:
    """The layout of the file at `path`, having checked that it has the column `target` and at least `min_rows` rows."""
    compression = "gzip" if _head(path).startswith(b"\x1f\x8b") else None
    encoding = _encoding(path, compression)
    notes = ["The file is not UTF-8; it was read as Latin-1."] if encoding == "latin-1" else []
    with _open(path, compression, encoding) as file:
        skipped, lines = _leading_lines(file)
        sample = "".join([*lines, *islice(file, SAMPLE_ROWS)])
        complete = not file.read(1)
    if not sample.strip():
        raise InvalidInput(f"{path} is empty", "Give a file with a header line and rows.")
    delimiter, rows = _split(sample, target, complete)
    header = [name.strip() for name in rows[0]]
    _check_header(path, header, rows, target)
    if complete and len(rows) - 1 < min_rows:
        what = (
            f"has {counted(len(rows) - 1, 'row')}; at least {min_rows} are needed"
            if rows[1:]
            else "has a header but no rows"
        )
        raise InvalidInput(f"{path} {what}", "Give a file with more rows.")
    header = _widened(header, rows[1:])
    decimal = _decimal(delimiter, rows[1:])
    if decimal == ",":
        notes.append("Numbers with a decimal comma were read as such.")
    names = unique_names(header, target, notes)
    return TextLayout(delimiter, encoding, compression, decimal, names, skipped, notes)


def unique_names(names: list[str], target: str | None, notes: list[str]) -> list[str]:
    """The names with empty ones called "Unnamed: i" and later duplicates "name.1", "name.2", which `notes` then says.

    Raises InvalidInput if it is `target` that appears more than once.
    """
    if target is not None and names.count(target) > 1:
        raise InvalidInput(f"the target column {target!r} appears {names.count(target)} times", "Rename the others.")
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        notes.append(f"Column names that appear more than once were numbered: {', '.join(repeated)}.")
    taken: set[str] = set()
    unique = []
    for position, name in enumerate(names):
        base = candidate = name or f"Unnamed: {position}"
        count = 0
        while candidate in taken or (count and candidate in names):
            count += 1
            candidate = f"{base}.{count}"
        taken.add(candidate)
        unique.append(candidate)
    return unique


def unknown_column(name: str, columns: list[str], where: str) -> UnknownName:
    """The error for a column that does not exist; of a wide table without a near name the first 20 are listed."""
    known = [str(column) for column in columns if column]
    return UnknownName("column", name, known if nearest(name, known) else known[:20], f" in {where}")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _open(path: Path, compression: str | None, encoding: str) -> TextIO:
    opener = gzip.open if compression else open
    return opener(path, "rt", encoding=encoding, newline="")


def _encoding(path: Path, compression: str | None) -> str:
    """utf-8, utf-8-sig, utf-16 (by its mark) or, for what is none of these, latin-1; raises if it is no text."""
    opener = gzip.open if compression else open
    try:
        with opener(path, "rb") as binary:
            head = binary.read(CHUNK)
            if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            if b"\0" in head:
                zipped = head.startswith(b"PK")
                remedy = "Unpack it, or save the sheet as CSV." if zipped else "Give a CSV or Parquet file."
                raise InvalidInput(f"{path} is not text, and not Parquet", remedy)
            return _utf8_or_latin(binary, head)
    except (EOFError, OSError, zlib.error) as error:
        raise InvalidInput(f"{path} cannot be unpacked: {error}", "Pack the file again with gzip.") from error


def _utf8_or_latin(binary: IO[bytes] | gzip.GzipFile, head: bytes) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = binary.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"


def _leading_lines(file: TextIO) -> tuple[int, list[str]]:
    """How many lines to skip (blank ones, a spreadsheet's "sep=;"), and the first line after them."""
    skipped = 0
    for line in file:
        if line.strip() and not re.fullmatch(r"sep=.\s*", line):
            return skipped, [line]
        skipped += 1
    return skipped, []


def _split(sample: str, target: str, complete: bool) -> tuple[str, list[list[str]]]:
    """The delimiter that gives the target's column or, failing that, the most columns of even rows; and its rows."""

    def rank(delimiter: str) -> tuple[bool, float, int]:
        rows = parsed[delimiter]
        widths = Counter(len(row) for row in rows[1:] or rows)
        even = widths.most_common(1)[0][1] / max(len(rows[1:] or rows), 1)
        named = len(rows[0]) > 1 and target in [name.strip() for name in rows[0]]
        return named, even if len(rows[0]) > 1 else 0.0, len(rows[0])

    parsed = {delimiter: _rows(sample, delimiter, complete) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=rank)
    return best, parsed[best]


def _rows(sample: str, delimiter: str, complete: bool) -> list[list[str]]:
    """The rows of the sample that are not blank; the last one may be cut short when the sample is not complete."""
    csv.field_size_limit(1 << 30)
    rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    return rows if complete or len(rows) < 3 else rows[:-1]


def _check_header(path: Path, header: list[str], rows: list[list[str]], target: str) -> None:
    if len(header) == 1 and header[0] != target:
        seen = next((sign for sign in (":", " ", "^", "~") if sign in header[0].strip()), None)
        guess = f"; it seems to be separated by {seen!r}" if seen else ""
        raise InvalidInput(
            f"{path} has one column only, {header[0][:60]!r}{guess}",
            "Save it with a comma, semicolon, tab or | between the fields.",
        )
    if target not in header:
        if all(_is_number(name) for name in header if name):
            raise InvalidInput(
                f"the first line of {path} holds numbers, not names: {', '.join(header[:4])}",
                "Add a header line that names the columns.",
            )
        raise unknown_column(target, header, path.name)
    wide = next((number for number, row in enumerate(rows[1:], 2) if len(row) > len(header) + 1), None)
    if wide:
        raise InvalidInput(
            f"row {wide} of {path} has {len(rows[wide - 1])} fields, the header {len(header)}",
            "Mend that row; a field that holds the delimiter needs quotes.",
        )


def _widened(header: list[str], rows: list[list[str]]) -> list[str]:
    """The header with a name for the field that rows have in excess: R's row names in front, or a last delimiter."""
    longer = [row for row in rows if len(row) > len(header)]
    if not longer:
        return header
    at_end = not any(row[-1].strip() for row in longer)
    return [*header, ""] if at_end or len(longer) < len(rows) else ["", *header]


def _decimal(delimiter: str, rows: list[list[str]]) -> str:
    if delimiter == ",":
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum(bool(re.fullmatch(r"[-+]?\d+,\d+", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[-+]?\d+\.\d+", cell)) for cell in cells)
    return "," if commas > points else "."


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
