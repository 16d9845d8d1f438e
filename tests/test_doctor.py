"""The doctor around its checks: the command, the report, muting, and that nothing of it stays behind."""

import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

import losskit as lk
from losskit import cli
from losskit.doctor.codes import CODES, SEVERITIES
from losskit.doctor.document import document, to_json
from losskit.doctor.finding import finding
from losskit.doctor.muting import check_codes, muted_by_project
from losskit.doctor.observe import Observation
from losskit.doctor.place import Place
from losskit.errors import InvalidInput, UnknownName
from losskit.reporting import render_terminal

EXAMPLES = Path(__file__).parent.parent / "examples"

SCRIPT = """
import argparse
import sys
import warnings

import torch
from torch import nn
from torch.nn.functional import mse_loss
from torch.utils.data import DataLoader, TensorDataset


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--then", default="")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    data = TensorDataset(torch.randn(64, 5), torch.randn(64))
    model = nn.Linear(5, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(given.epochs):
        for x, y in DataLoader(data, batch_size=16, num_workers=2, multiprocessing_context="fork"):
            loss = mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print("epoch", epoch, flush=True)
    if given.then == "crash":
        raise ValueError("boom")
    if given.then == "exit":
        sys.exit(3)
    if given.then == "interrupt":
        raise KeyboardInterrupt
    if given.then == "wait":
        print("waiting", flush=True)
        input()


if __name__ == "__main__":
    main()
"""
LINE = 1 + SCRIPT.splitlines().index("            loss = mse_loss(model(x), y)")

WARNING = """
import torch
from torch import nn
model = nn.Sequential(nn.Linear(5, 3), nn.ReLU())
nn.CrossEntropyLoss()(model(torch.randn(8, 5)), torch.randint(0, 3, (8,))).backward()
"""


@pytest.fixture
def doctor(tmp_path, monkeypatch, capfd):
    """Write a script and run `losskit doctor` on it, in this process: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(source, *args):
        Path("train.py").write_text(source)
        monkeypatch.setattr(sys, "argv", ["losskit", "doctor", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        return ended.value.code or 0, out, err

    return run


# --- The command ----------------------------------------------------------------------------------------------------


def test_a_script_with_arguments_and_worker_processes(doctor):
    code, out, _ = doctor(SCRIPT, "train.py", "--epochs", "2")
    assert code == 1
    assert "epoch 1" in out
    assert "8 calls of a loss were seen." in out
    assert f"train.py:{LINE} mse_loss got a prediction (16, 1)" in out
    assert "(8 times)" in out


def test_json_is_the_only_thing_on_stdout(doctor):
    code, out, err = doctor(SCRIPT, "train.py", "--json", "--", "--epochs", "1")
    found = json.loads(out)
    assert code == 1
    assert "epoch 0" in err
    assert set(found) == {"findings", "calls", "script_error"}
    assert (found["calls"], found["script_error"]) == (4, None)
    (only,) = found["findings"]
    assert set(only) == {"code", "severity", "message", "evidence", "fix", "file", "line", "count"}
    assert (only["code"], only["severity"], only["line"], only["count"]) == ("LK201", "error", LINE, 4)
    assert only["evidence"] == {"prediction": [16, 1], "target": [16], "compared": 256}
    assert Path(only["file"]).name == "train.py"


@pytest.mark.parametrize(
    ("then", "error"),
    [("crash", "ValueError: boom"), ("exit", "SystemExit: 3"), ("interrupt", "KeyboardInterrupt"), ("", None)],
)
def test_what_was_seen_is_reported_however_it_ends(doctor, then, error):
    code, out, err = doctor(SCRIPT, "--json", "train.py", "--then", then)
    found = json.loads(out)
    assert (code, found["script_error"]) == (1, error)
    assert [each["code"] for each in found["findings"]] == ["LK201"]
    assert ("Traceback" in err) == (then == "crash")
    assert "runpy" not in err


@pytest.mark.parametrize(("ending", "expected"), [("1 / 0", 1), ("raise SystemExit(0)", 0), ("raise SystemExit(2)", 1)])
def test_a_script_that_fails_is_an_error_of_its_own(doctor, ending, expected):
    code, out, _ = doctor(ending, "train.py")
    assert code == expected
    assert ("The script ended early" in out) == bool(expected)
    assert "No loss was called." in out


def test_a_script_without_a_loss_says_so_and_no_framework_is_imported(doctor):
    script = "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'losskit.cli', 'doctor', 'inner.py'])"
    Path("inner.py").write_text("import sys\nprint('torch' in sys.modules, __name__)")
    code, out, _ = doctor(script, "train.py")
    assert code == 0
    assert "False __main__" in out
    assert out.count("No loss was called.") == 2


def test_warnings_count_when_strict(doctor):
    assert doctor(WARNING, "train.py")[0] == 0
    assert doctor(WARNING, "train.py", "--strict")[0] == 1
    assert doctor(WARNING, "train.py", "--strict", "--mute", "LK106")[0] == 0
    assert json.loads(doctor(WARNING, "train.py", "--json")[1])["findings"][0]["code"] == "LK106"


def test_only_the_first_steps_are_looked_at(doctor):
    _, out, _ = doctor(SCRIPT, "--first-steps", "3", "--json", "train.py", "--epochs", "2")
    found = json.loads(out)
    assert found["calls"] == 8
    assert found["findings"][0]["count"] == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nofile.py"], ["no such script: nofile.py"]),
        (["train.py", "--mute", "LK999"], ["unknown code 'LK999'"]),
        (["--first-steps", "0", "train.py"], ["1 or more, got 0"]),
    ],
)
def test_bad_input_is_one_clear_error(doctor, args, words):
    code, out, err = doctor("", *args)
    assert (code, out) == (2, "")
    assert all(word in err for word in words)
    assert len(err.splitlines()) == 2


def test_ctrl_c_reports(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "losskit.cli", "doctor", "--json", "train.py", "--then", "wait"]
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process = subprocess.Popen(command, cwd=tmp_path, text=True, **pipes)
    for line in process.stderr:
        if line.startswith("waiting"):
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    found = json.loads(out)
    assert (process.returncode, found["script_error"]) == (1, "KeyboardInterrupt")
    assert found["findings"][0]["code"] == "LK201"


MISTAKE = "import torch, torch.nn.functional as F\nF.mse_loss(torch.rand(8, 1), torch.rand(8))\n"


def test_a_script_that_reads_writes_and_moves(doctor, monkeypatch):
    Path("deep").mkdir()
    Path("beside.py").write_text("import torch, torch.nn.functional as F\ndef f(p, y): return F.l1_loss(p, y)")
    monkeypatch.setattr("sys.stdin", io.StringIO("first\nrest"))
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    script = """
import os, sys, warnings
from beside import f
import torch
warnings.simplefilter("ignore")
os.chdir("deep")
print("line\\n" * 20_000, input(), sys.stdin.read())
sys.stdout = open("log", "w")
f(torch.rand(8, 1), torch.rand(8))
sys.stdout.close()
"""
    code, out, _ = doctor(script, "train.py")
    assert code == 1
    assert "first rest\n" in out
    assert "1 call of a loss was seen." in out
    assert " beside.py:2 l1_loss got" in out  # from the folder where the command was given


def test_a_module_of_a_package(doctor):
    package = Path("recipes_of_mine")
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "loss.py").write_text(MISTAKE.replace("F.mse_loss(", "def f(): F.poisson_nll_loss("))
    (package / "train.py").write_text("import sys\nfrom .loss import f\nf()\nprint(__name__, sys.argv[1:])")
    code, out, _ = doctor("", package.name + ".train", "--epochs", "3")
    assert code == 1
    assert "__main__ ['--epochs', '3']" in out
    assert "recipes_of_mine/loss.py:2 poisson_nll_loss" in out
    code, out, _ = doctor("", package.name + ".absent")
    assert code == 1
    assert "The script ended early: ImportError" in out


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        ("class Stop(BaseException): pass\nraise Stop('enough')", "Stop: enough"),
        ("def f(): f()\nf()", "RecursionError"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", "Terminated"),
        ("exec('def f(:')", "SyntaxError"),
    ],
)
def test_rare_endings_are_reported_too(doctor, ending, error):
    script = "import warnings\nwarnings.simplefilter('ignore')\n" + MISTAKE + ending
    code, out, err = doctor(script, "--json", "train.py")
    found = json.loads(out)
    assert code == 1
    assert found["script_error"].startswith(error)
    assert [each["line"] for each in found["findings"]] == [4]
    assert "losskit/doctor" not in err


def test_what_exit_handlers_print_is_not_on_stdout(tmp_path):
    (tmp_path / "train.py").write_text("import atexit\natexit.register(print, 'goodbye')")
    command = [sys.executable, "-m", "losskit.cli", "doctor", "--json", "train.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["calls"] == 0
    assert "goodbye" in done.stderr


@pytest.mark.sweep
def test_workers_that_are_spawned(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT.replace('"fork"', '"spawn"'))
    command = [sys.executable, "-m", "losskit.cli", "doctor", "--json", "train.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert (done.returncode, found["calls"], found["script_error"]) == (1, 4, None)
    assert [each["line"] for each in found["findings"]] == [LINE]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # matplotlib, of a tensor
@pytest.mark.parametrize(
    ("name", "expected"),
    [("two_tasks.py", []), ("pytorch_digits.py", [])],  # the second shows LK101 on purpose, and mutes it
)
def test_the_examples_yield_nothing(doctor, name, expected):
    _, out, err = doctor("", "--json", EXAMPLES / name)
    found = json.loads(out)
    assert [each["code"] for each in found["findings"]] == expected, err
    assert (found["script_error"], found["calls"] > 0) == (None, True)


# --- The report -----------------------------------------------------------------------------------------------------


def shown(findings, width=80, **options):
    from rich.console import Console

    console = Console(width=width, file=open("/dev/null", "w"), record=True)  # noqa: SIM115
    with console.file:
        render_terminal(document(findings, 30, **options), console, width)
    return console.export_text()


def observation(mute=()):
    return Observation(first_steps=20, mute=frozenset(mute))


def test_the_worst_finding_and_its_fix_come_first():
    seen = observation()
    seen.add(finding("LK106", "a ReLU stands there"), Place("train.py", 30))
    for _ in range(3):
        seen.add(finding("LK201", "shapes differ", {"prediction": [16, 1], "share": 0.25}), Place("train.py", 40))
    text = shown(seen.findings)
    assert max(map(len, text.splitlines())) <= 80
    order = ["1 ERROR, 1 WARNING", "train.py:40 shapes differ", CODES["LK201"].fix[:20], "prediction 16 x 1", "LK106"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "(3 times)" in text
    assert "share 0.25" in text


def test_the_report_says_what_could_not_be_examined():
    seen = observation()
    seen.examine(lambda: 1 / 0)
    assert "ZeroDivisionError" in shown([], unexamined=seen.unexamined)


def test_numbers_that_are_not_finite_are_null_in_json():
    found = to_json([finding("LK601", "no target", {"loss": float("nan")})], 1, None)
    assert json.loads(json.dumps(found, allow_nan=False))["findings"][0]["evidence"] == {"loss": None}


def test_codes_are_well_formed():
    for code, entry in CODES.items():
        assert re.fullmatch(r"LK[1-9]\d\d", code)
        assert entry.severity in SEVERITIES
        assert entry.fix.endswith(".")
        assert len(entry.fix) <= 100


# --- Muting ---------------------------------------------------------------------------------------------------------


def test_the_nearest_pyproject_mutes(tmp_path, doctor):
    (tmp_path / "pyproject.toml").write_text('[tool.losskit]\nmute = ["LK201"]\n')
    (tmp_path / "deep").mkdir()
    assert muted_by_project(tmp_path / "deep") == {"LK201"}
    code, out, _ = doctor(SCRIPT, "train.py")
    assert code == 0
    assert "No mistake was found." in out


def test_a_comment_mutes_its_line(doctor):
    commented = SCRIPT.replace("mse_loss(model(x), y)", "mse_loss(model(x), y)  # losskit: mute LK101, LK201")
    assert json.loads(doctor(commented, "train.py", "--json")[1])["findings"] == []
    other = SCRIPT.replace("mse_loss(model(x), y)", "mse_loss(model(x), y)  # losskit: mute LK101")
    assert len(json.loads(doctor(other, "train.py", "--json")[1])["findings"]) == 1


def test_what_cannot_be_muted_is_an_error(tmp_path):
    with pytest.raises(UnknownName, match="LK102"):
        check_codes(["LK1O2"])
    with pytest.raises(InvalidInput, match="a list of codes"):
        check_codes("LK101")
    (tmp_path / "pyproject.toml").write_text("[tool.losskit\n")
    with pytest.raises(InvalidInput, match=r"pyproject\.toml"):
        muted_by_project(tmp_path)


# --- lk.observe -----------------------------------------------------------------------------------------------------

held = F.cross_entropy  # as after `from torch.nn.functional import cross_entropy`


def mistaken_step(loss=None):
    x, y = torch.randn(8, 5), torch.randint(0, 3, (8,))
    (loss or F.cross_entropy)(nn.Linear(5, 3)(x).softmax(1), y).backward()


def test_observe_reports_and_holds_the_findings(capsys):
    with lk.observe() as seen:
        mistaken_step()
    assert [found.code for found in seen.findings] == ["LK101"]
    assert Path(seen.findings[0].file) == Path(__file__)
    assert "1 ERROR" in capsys.readouterr().out
    with lk.observe(quiet=True, mute=["LK101"]) as seen:
        mistaken_step()
    assert (seen.findings, seen.calls, capsys.readouterr().out) == ([], 1, "")


def test_a_loss_that_was_imported_by_name_is_seen():
    with lk.observe(quiet=True) as seen:
        mistaken_step(held)
    assert seen.calls == 1 or held is not F.cross_entropy


def everything_replaced():
    names = (F.cross_entropy, held, torch.autograd.backward, torch.compile, torch.jit.script, lk.Loss.__call__)
    return (*names, nn.Linear.forward, torch._C._len_torch_function_stack())


def test_nothing_stays_behind():
    before = everything_replaced()
    with lk.observe(quiet=True):
        assert everything_replaced() != before
        mistaken_step()
    assert everything_replaced() == before
    with pytest.raises(ZeroDivisionError), lk.observe(quiet=True):
        raise ZeroDivisionError
    assert everything_replaced() == before


def test_after_the_first_steps_only_the_losses_are_watched():
    assert torch._C._len_torch_function_stack() == 0
    backward = torch.autograd.backward
    with lk.observe(quiet=True, first_steps=2) as seen, torch.device("cpu"):
        for _ in range(4):
            mistaken_step()
        assert torch.autograd.backward is backward
        assert torch._C._len_torch_function_stack() == 1  # the device's
    assert (seen.calls, seen.findings[0].count) == (4, 2)


def test_a_loss_inside_a_loss_is_one_call():
    pred, target = torch.randn(8), torch.randn(8)
    with lk.observe(quiet=True) as seen:
        (lk.squared_error() + lk.huber())(pred, target)
        lk.to_torch(lk.absolute_error())(pred, target)
    assert (seen.calls, seen.findings) == (3, [])


def test_observing_while_observing():
    with lk.observe(quiet=True) as outer, lk.observe(quiet=True) as inner:
        mistaken_step()
    assert [found.code for found in outer.findings] == [found.code for found in inner.findings] == ["LK101"]
