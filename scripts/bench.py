"""Speed: every row beside the peers that are installed, measured in the same run.

    python scripts/bench.py [--only C5] [--quick] [--json] [--write docs/bench.md]

Exit code 1 where a goal is missed. Rows are named on stderr as they are done.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import argparse
import json
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import loading, lockstep, pointwise, softmax, steps
from benchmarks.measuring import Row, use_threads
from benchmarks.report import as_json, report, verdict

from losskit.reporting import render_markdown, render_terminal

MODULES = {group: module for module in (softmax, pointwise, loading, lockstep, steps) for group in module.GROUPS}


def measured(groups: Sequence[str], quick: bool) -> Iterator[Row]:
    for group in groups:
        for row in MODULES[group].rows(group, quick):
            print(f"{group} {row.work}: {verdict(row) or 'done'}", file=sys.stderr, flush=True)
            yield row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=MODULES, help="one group of rows instead of all")
    parser.add_argument("--quick", action="store_true", help="less data and fewer turns: a rough look")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else on stdout")
    parser.add_argument("--write", type=Path, help="write the report to this Markdown file too")
    args = parser.parse_args()
    use_threads()
    rows = list(measured([args.only] if args.only else list(MODULES), args.quick))
    document = report(rows, args.quick)
    if args.json:
        print(json.dumps(as_json(rows, args.quick), indent=2))
    else:
        render_terminal(document)
    if args.write:
        args.write.write_text(render_markdown(document))
    return 1 if any(row.missed for row in rows) else 0


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    sys.exit(main())
