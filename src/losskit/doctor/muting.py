"""Which codes are muted: by argument, by `[tool.losskit] mute = [...]` in pyproject.toml, or by a comment on a line."""

from __future__ import annotations

import linecache
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from losskit.doctor.codes import CODES
from losskit.doctor.place import Place
from losskit.errors import InvalidInput, UnknownName


def check_codes(codes: Iterable[str], where: str = "") -> frozenset[str]:
    """The codes as a set; raises UnknownName for one that does not exist."""
    if isinstance(codes, str):
        raise InvalidInput(f"mute{where}: expected a list of codes, got {codes!r}", f'mute = ["{codes}"]')
    for code in codes:
        if code not in CODES:
            raise UnknownName("code", str(code), CODES, where)
    return frozenset(codes)


def muted_by_project(folder: Path) -> frozenset[str]:
    """What the nearest pyproject.toml at or above `folder` mutes."""
    for parent in (folder.resolve(), *folder.resolve().parents):
        path = parent / "pyproject.toml"
        if path.is_file():
            return _read(path)
    return frozenset()


def muted_on_line(place: Place) -> list[str]:
    """What a comment such as `# losskit: mute LK101, LK403` on the line of a call mutes."""
    linecache.checkcache(place.file)  # it may have been edited since it was last read
    comment = re.search(r"#\s*losskit:\s*mute\b(.*)", linecache.getline(*place))
    return re.findall(r"LK\d+", comment[1]) if comment else []


def _read(path: Path) -> frozenset[str]:
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read {path}: {error}", "mend the file") from None
    return check_codes(settings.get("tool", {}).get("losskit", {}).get("mute", ()), f" in {path}")
