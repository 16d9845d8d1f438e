"""python -m parity [--allow-missing] [--only PEER ...] [--write docs/parity.md]

Runs every row, prints it, and exits 1 where a row is unexplained or a peer is not installed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from parity import document
from parity.comparison import UNEXPLAINED, compare
from parity.figures import FIGURES

PEERS = (
    "torch",
    "keras",
    "tensorflow",
    "optax",
    "sklearn",
    "torchvision",
    "timm",
    "kornia",
    "monai",
    "smp",
    "toolbelt",
    "metric_learning",
    "lightly",
    "sentence_transformers",
    "rax",
    "allrank",
    "entmax",
    "scoringrules",
    "trl",
    "torchmetrics",
    "statsmodels",
    "xgboost",
    "lightgbm",
    "torchsurv",
    "pycox",
    "model_diagnostics",
    "coral",
    "dlordinal",
    "balanced_loss",
    "libauc",
    "geomloss",
    "open_clip",
    "liger",
    "torchgan",
    "auraloss",
    "denoising_diffusion",
    "transformers",
)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    warnings.simplefilter("ignore")  # the peers' own
    runs: list[document.Run] = []
    missing: dict[str, str] = {}
    for name in options.only or PEERS:
        try:
            peer = importlib.import_module(f"parity.peers.{name}")
        except ModuleNotFoundError as absent:
            missing[name] = str(absent)
            print(f"\n{name}: not installed ({absent})", flush=True)
            continue
        runs.append(document.Run(name, peer.DISTRIBUTION, [compare(row, peer.LIBRARY) for row in peer.ROWS]))
        print(document.as_text(runs[-1]), flush=True)
    figures = [] if options.only or missing else [figure() for figure in FIGURES]
    print(document.figures_as_text(figures))
    if options.write:
        options.write.write_text(document.as_markdown(runs, figures, missing))
    rows = [result for run in runs for result in run.results]
    unexplained = sum(r.verdict == UNEXPLAINED for r in rows) + sum(not figure.stands for figure in figures)
    print(f"{len(rows)} rows, {len(figures)} figures, {unexplained} unexplained, {len(missing)} peers not installed")
    return int(unexplained > 0 or (bool(missing) and not options.allow_missing))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="parity", description="losskit against its real peers")
    parser.add_argument("--allow-missing", action="store_true", help="exit 0 though a peer is not installed")
    parser.add_argument("--only", nargs="+", choices=PEERS, help="these peers alone")
    parser.add_argument("--write", type=Path, help="write the table as Markdown to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
