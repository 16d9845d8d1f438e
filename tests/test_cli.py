"""The command line: bad input is one clear error, Ctrl-C and a budget end cleanly, `--json` alone is on stdout."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import losskit as lk
from losskit import cli

QUICK = ["--repeats", "1", "--folds", "3"]
KEYS = {
    *("verdict", "sentence", "best", "default", "metric", "task", "traits", "threshold", "pick", "advantage"),
    *("holdout", "leaderboard", "code", "seed", "rows", "folds", "repeats", "seconds", "partial", "version"),
}
LINE = {
    *("loss", "params", "rule", "mean", "interval", "gain", "se", "p_better", "p_same", "p_worse"),
    *("holm_p", "seconds", "tag", "why", "failed"),
}


def table(n=200):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["area", "rooms", "age"])
    return X, (100 + 10 * X["area"] + rng.normal(size=n)).rename("price")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of every kind, good and bad."""
    here = tmp_path_factory.mktemp("tables")
    X, y = table()
    good = X.assign(price=y)
    good.to_csv(here / "good.csv", index=False)
    good.to_parquet(here / "good.parquet")
    good.to_csv(here / "colon.csv", sep=":", index=False)
    good.head(20).to_csv(here / "short.csv", index=False)
    good.head(0).to_csv(here / "header.csv", index=False)
    X.assign(price=3.0).to_csv(here / "constant.csv", index=False)
    X.assign(label="yes").to_csv(here / "one_class.csv", index=False)
    X.assign(label=["a"] * 150 + ["b"] * 47 + ["c"] * 3).to_csv(here / "rare.csv", index=False)
    X.assign(label=np.where(y > 100, "yes", "no")).to_csv(here / "binary.csv", index=False)
    X.assign(price=y.map("{:.0f} EUR".format)).to_csv(here / "text.csv", index=False)
    X.assign(price=y.astype(str).where(y.index != 4, "unknown")).to_csv(here / "junk.csv", index=False)
    X.assign(price=y.where(y.index > 6).replace(y[7], np.inf)).to_csv(here / "missing.csv", index=False)
    np.savetxt(here / "no_header.csv", good.to_numpy(), delimiter=",")
    (here / "empty.csv").touch()
    (here / "bytes.bin").write_bytes(bytes(range(256)) * 10)
    (here / "broken.parquet").write_bytes((here / "good.parquet").read_bytes()[:300])
    return here


@pytest.fixture
def losskit(folder, monkeypatch, capsys):
    """Run the command line in this process: (exit code, stdout, stderr)."""
    monkeypatch.chdir(folder)

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["losskit", *map(str, args)])
        monkeypatch.setattr(cli, "_STARTED", time.monotonic())
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


def start(folder, *args):
    return subprocess.Popen(
        [sys.executable, "-m", "losskit.cli", *args],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "80"},
    )


# --- Bad input ------------------------------------------------------------------------------------------------------

PRICE = "--target price --metric mae"
BAD = [
    ("choose", ["FILE", "choose --help"]),
    (f"choose nofile.csv {PRICE}", ["no such file", "Did you mean"]),
    (f"choose goood.csv {PRICE}", ["no such file: goood.csv", "good.csv"]),
    (f"choose . {PRICE}", ["is a directory"]),
    (f"choose empty.csv {PRICE}", ["empty.csv is empty", "header line"]),
    (f"choose header.csv {PRICE}", ["no rows"]),
    (f"choose short.csv {PRICE}", ["20 rows", "at least 30"]),
    (f"choose colon.csv {PRICE}", ["one column only", "separated by ':'", "comma, semicolon, tab"]),
    (f"choose no_header.csv {PRICE}", ["holds numbers, not names", "Add a header"]),
    (f"choose bytes.bin {PRICE}", ["not text", "CSV or Parquet"]),
    (f"choose broken.parquet {PRICE}", ["not a whole Parquet file"]),
    ("choose good.csv --metric mae", ["target column", "--target NAME"]),
    ("choose good.csv --target prise --metric mae", ["'prise'", "price"]),
    ("choose good.parquet --target prise --metric mae", ["'prise'", "price"]),
    ("choose good.csv --target price", ["no metric", "--metric mae"]),
    ("choose good.csv --target price --metric mea", ["'mea'", "mae"]),
    ("choose good.csv --target price --metric pinball@2", ["between 0 and 1", "pinball@0.9"]),
    ("choose good.csv --target price --metric f1", ["regression", "Metrics for regression: rmse, mae"]),
    ("choose binary.csv --target label --metric mae", ["binary", "Metrics for binary: accuracy"]),
    (f"choose constant.csv {PRICE}", ["same target", "price = 3.0", "--target"]),
    ("choose one_class.csv --target label --metric f1", ["same target", "label = yes"]),
    ("choose rare.csv --target label --metric accuracy", ["'c' has 3 rows", "5 folds", "--folds 3"]),
    (f"choose text.csv {PRICE}", ["200 of 200 targets", "EUR", "plain numbers"]),
    (f"choose junk.csv {PRICE}", ["1 of 200 targets", "'unknown'", "plain numbers"]),
    (f"choose missing.csv {PRICE}", ["8 of 200 rows", "--drop-missing-target"]),
    (f"choose good.csv {PRICE} --loss hubber", ["'hubber'", "huber"]),
    (f"choose good.csv {PRICE} --loss huber(dleta=2)", ["'dleta'", "delta"]),
    (f"choose good.csv {PRICE} --loss huber(delta=-2)", ["delta=-2", "0 < value"]),
    (f"choose good.csv {PRICE} --loss huber(delta=x)", ["huber(delta=x)", "huber(delta=2)"]),
    (f"choose good.csv {PRICE} --loss hinge", ["it is for binary", "Losses that fit: squared_error"]),
    (f"choose good.csv {PRICE} --default hubber", ["'hubber'", "huber"]),
    (f"choose good.csv {PRICE} --budget abc", ["'abc'", "60s, 5m"]),
    (f"choose good.csv {PRICE} --budget 0s", ["more than 0 s"]),
    (f"choose good.csv {PRICE} --budget 0.5s", ["too small for one fold", "smallest useful one is about"]),
    (f"choose good.csv {PRICE} --folds 1", ["folds must be 2 or more"]),
    (f"choose good.csv {PRICE} --folds many", ["--folds", "integer"]),
    (f"choose good.csv {PRICE} --folds 500", ["too few for 500 folds"]),
    (f"choose good.csv {PRICE} --repeats 0", ["repeats 1 or more"]),
    (f"choose good.csv {PRICE} --rope -1", ["rope must lie in"]),
    (f"choose good.csv {PRICE} --holdout 0.9", ["between 0 and 0.5"]),
    (f"choose good.csv {PRICE} --model tree", ["'tree'", "linear, mlp"]),
    (f"choose good.csv {PRICE} --task regresion", ["'regresion'", "regression"]),
    (f"choose good.csv {PRICE} --task multiclass --metric accuracy", ["too many for classes", "--task regression"]),
    (f"choose good.csv {PRICE} --report none/r.html", ["no such folder", "mkdir -p none"]),
    (f"choose good.csv {PRICE} --report good.csv/r.html", ["below good.csv, which is a file"]),
    (f"choose good.csv {PRICE} --report good.csv/a/r.html", ["below good.csv, which is a file"]),
    (f"choose good.csv {PRICE} --report .", ["is a directory", "report.html"]),
    (f"choose good.csv {PRICE} --report r.pdf", ["neither HTML nor Markdown", ".html or .md"]),
    (f"choose good.csv {PRICE} --nope", ["--nope", "choose --help"]),
    ("choose sklearn:nope --metric mae", ["'nope'", "wine"]),
    ("choos good.csv", ["'choos'", "choose"]),
    ("show hubber", ["'hubber'", "huber"]),
    ("list --family robst", ["'robst'", "robust"]),
]


@pytest.mark.parametrize(("command", "words"), BAD, ids=[command for command, _ in BAD])
def test_bad_input_is_one_clear_error(losskit, folder, command, words):
    before = sorted(folder.iterdir())
    began = time.monotonic()
    code, out, err = losskit(*command.split())
    print(f"{time.monotonic() - began:.2f} s")
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    assert err.startswith("Error: ")
    assert len(err.strip().splitlines()) == 2, "what is wrong, and how to mend it"
    for word in words:
        assert word.lower() in err.lower()
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "command",
    [
        f"choose nofile.csv {PRICE}",
        f"choose good.csv {PRICE} --loss hubber --json",
        f"choose good.csv {PRICE} --report none/r.html",
        f"choose missing.csv {PRICE}",
    ],
)
def test_bad_input_in_a_real_process_is_quick(folder, command):
    began = time.monotonic()
    process = start(folder, *command.split())
    out, err = process.communicate(timeout=60)
    print(f"{time.monotonic() - began:.2f} s")
    assert (process.returncode, out) == (2, "")
    assert "Error: " in err
    assert "Traceback" not in err
    assert "torch" not in err


def test_help_names_every_option(losskit):
    code, out, _ = losskit("choose", "--help")
    assert code == 0
    options = "target metric model default budget folds repeats rope holdout seed loss task report json"
    assert all(f"--{option}" in out for option in options.split(" "))


def test_version_and_a_bare_call(losskit):
    assert losskit("--version") == (0, f"losskit {lk.__version__}\n", "")
    code, out, err = losskit()
    assert (code, err) == (0, "")
    assert all(command in out for command in ("choose", "list", "show"))


# --- Answers --------------------------------------------------------------------------------------------------------


def answer(losskit, *args):
    code, out, err = losskit("choose", *args, "--json")
    assert code == 0, err
    return json.loads(out)


def test_json_is_the_only_thing_on_stdout_and_has_every_key(losskit):
    found = answer(losskit, "good.csv", *PRICE.split(), *QUICK, "--loss", "tukey")
    assert set(found) == KEYS
    for line in found["leaderboard"]:
        assert set(line) >= LINE
    assert set(found["best"]) == set(found["default"]) == {"loss", "params"}
    assert {"loss", "params", "proven"} <= set(found["pick"])
    assert set(found["advantage"]) == {"estimate", "lower"}
    assert set(found["code"]) == {"torch", "keras", "lightgbm", "xgboost", "jax"}
    assert (found["rows"], found["folds"], found["repeats"], found["partial"]) == (200, 3, 1, False)
    assert "tukey" in [line["loss"] for line in found["leaderboard"]]


def test_a_complete_run_with_a_seed_gives_the_same_json(losskit):
    runs = []
    for _ in range(2):
        found = answer(losskit, "binary.csv", "--target", "label", "--metric", "f1", *QUICK, "--seed", "4")
        del found["seconds"]
        for line in found["leaderboard"]:
            del line["seconds"]
        runs.append(found)
    assert runs[0] == runs[1]


def test_parquet_options_and_hold_out(losskit):
    args = ["good.parquet", *PRICE.split(), *QUICK, "--default", "absolute_error", "--loss", "huber(delta=2)"]
    found = answer(losskit, *args, "--rope", "0", "--holdout", "0.3", "--model", "mlp", "--folds", "2")
    assert found["default"] == {"loss": "absolute_error", "params": {}}
    assert {"delta": 2.0} in [line["params"] for line in found["leaderboard"] if line["loss"] == "huber"]
    assert set(found["holdout"]) == {"best", "default"}


def test_of_two_words_the_rarer_is_the_positive_class(losskit, folder):
    X, y = table()
    X.assign(state=np.where(y > 108, "fraud", "ok")).to_csv(folder / "fraud.csv", index=False)
    code, out, _ = losskit("choose", "fraud.csv", "--target", "state", "--metric", "f1", *QUICK)
    assert code == 0
    assert "the positive class is 'fraud'" in out


def test_missing_targets_are_dropped_when_asked(losskit):
    found = answer(losskit, "missing.csv", *PRICE.split(), *QUICK, "--drop-missing-target")
    assert found["rows"] == 192


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_terminal_shows_verdict_leaderboard_and_code(losskit, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    code, out, err = losskit("choose", "good.csv", *PRICE.split(), *QUICK)
    assert code == 0
    for part in ("Which loss for mae?", "Leaderboard", "squared_error", "In Python: lk.", "--report report.html"):
        assert part in out
    assert max(map(len, out.splitlines())) <= int(columns)
    assert "repeat 1 of 1" in err


def test_the_report_is_written(losskit, tmp_path):
    code, out, _ = losskit("choose", "good.csv", *PRICE.split(), *QUICK, "--report", tmp_path / "r.html")
    assert code == 0
    assert f"Report: {tmp_path / 'r.html'}" in out.replace("\n", "")
    assert "<html" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_kernels_are_made_shown_and_removed(losskit, monkeypatch, tmp_path):
    monkeypatch.setenv("LOSSKIT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(lk.huber().graphs(), "kernels", {})
    code, out, err = losskit("kernels", "huber", "--warm", "--json")
    found = json.loads(out)
    assert code == 0
    assert err.startswith("huber: ")
    assert found["directory"] == str(tmp_path)
    assert len(found["kernels"]) == 4
    assert {"kernel", "file", "bytes"} == set(found["kernels"][0])
    _, out, _ = losskit("kernels")
    assert "4 kernels" in out
    assert "huber in float32: Σ each, gradient" in out
    code, out, err = losskit("kernels", "--clear")
    assert (code, err) == (0, "Removed 4 kernels.\n")
    assert "no kernels" in out
    assert not list(tmp_path.glob("*.py"))
    assert "no kernels" in losskit("kernels", "mae")[1]
    assert losskit("kernels", "hubar", "--warm")[0] == 2


def test_kernels_of_some_losses(losskit, monkeypatch, tmp_path):
    monkeypatch.setenv("LOSSKIT_CACHE_DIR", str(tmp_path))
    for name in ("huber_1", "huber_2", "my_loss_3"):
        (tmp_path / f"{name}.py").write_bytes(b'"""a sum"""\xff')
    assert len(json.loads(losskit("kernels", "--json")[1])["kernels"]) == 3
    assert losskit("kernels", "my_loss")[1].startswith("1 kernel of my_loss\n")
    assert "no kernels of dice" in losskit("kernels", "dice")[1]
    assert losskit("kernels", "dice", "--warm")[2] == "dice: nothing to compile ahead\n"
    assert losskit("kernels", "huber", "--clear")[2] == "Removed 2 kernels.\n"
    assert losskit("kernels")[1].startswith("1 kernel\n")
    assert losskit("kernels", "hubar")[0] == 2


def test_list_and_show(losskit):
    code, out, _ = losskit("list", "--json")
    rows = json.loads(out)
    assert code == 0
    assert {"name", "family", "description", "trainable", "task"} == set(rows[0])
    _, out, _ = losskit("list", "--family", "robust")
    assert "tukey" in out
    assert "cross_entropy" not in out
    _, out, _ = losskit("show", "torch.nn.SmoothL1Loss", "--json")
    assert json.loads(out)["name"] == "smooth_l1"
    _, out, _ = losskit("show", "huber")
    for part in ("Formula", "gradient", "delta", "Curve", "torch.nn.HuberLoss", "Huber 1964"):
        assert part in out


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("5m", 300), ("1h", 3600), ("90", 90), (" 2.5 M ", 150), (None, None)]
)
def test_budgets_are_read(text, seconds):
    assert cli._seconds(text) == seconds


# --- Ctrl-C and the budget --------------------------------------------------------------------------------------------


def interrupt(process, line_start):
    """Send SIGINT once stderr shows a line that starts so; (stdout, the rest of stderr)."""
    for line in process.stderr:
        if line.startswith(line_start):
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            return process.communicate(timeout=60)
    raise AssertionError(f"no line {line_start!r}")


def slow(folder: Path) -> str:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(5000, 20)).round(4)).add_prefix("x")
    X.assign(y=(X.sum(axis=1) + rng.standard_t(2, 5000)).round(4)).to_csv(folder / "slow.csv", index=False)
    return "slow.csv"


def test_ctrl_c_gives_the_best_answer_so_far(folder):
    process = start(folder, "choose", "good.csv", *PRICE.split(), "--repeats", "200", "--json")
    out, err = interrupt(process, "repeat 3")
    assert process.returncode == 0
    found = json.loads(out)
    assert found["partial"] is True
    assert 2 <= found["repeats"] < 200
    assert "Traceback" not in err


def test_ctrl_c_before_the_first_repeat_is_done_ends_with_130(folder, tmp_path):
    report = ["--report", str(tmp_path / "r.html")]
    process = start(folder, "choose", slow(folder), "--target", "y", "--metric", "mae", "--model", "mlp", *report)
    out, err = interrupt(process, "repeat 1")
    assert process.returncode == 130
    assert out == ""
    assert "Stopped before there was anything to show." in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_a_budget_is_kept_from_start_to_end_of_the_process(folder, tmp_path):
    budget = 10.0
    began = time.monotonic()
    options = [
        "--model",
        "mlp",
        "--repeats",
        "400",
        "--budget",
        f"{budget:g}s",
        "--report",
        str(tmp_path / "r.html"),
        "--json",
    ]
    process = start(folder, "choose", slow(folder), "--target", "y", "--metric", "mae", *options)
    out, err = process.communicate(timeout=60)
    took = time.monotonic() - began
    print(f"{took:.1f} s of {budget:g} s")
    assert process.returncode == 0, err
    assert json.loads(out)["partial"] is True
    assert (tmp_path / "r.html").exists()
    assert took < 1.1 * budget
