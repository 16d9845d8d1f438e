"""The shell: `losskit choose`, `doctor`, `list`, `show` and `kernels`.

Results go to stdout, progress and errors to stderr.
"""

from __future__ import annotations

import time

_STARTED = time.monotonic()  # the budget counts from the start of the process

import contextlib  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Annotated, Any  # noqa: E402

from losskit._version import __version__  # noqa: E402
from losskit.errors import InvalidInput, LosskitError, MissingExtra  # noqa: E402

try:
    import typer
except ImportError as error:  # pragma: no cover
    raise SystemExit('losskit\'s commands need typer and rich: pip install "losskit[cli]"') from error

INTERRUPTED = 130  # what typer makes of Ctrl-C

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]


def _print_version(asked: bool) -> None:
    if asked:
        print(f"losskit {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find the loss to train with, and get it."""


@app.command()
def choose(
    file: Annotated[str, typer.Argument(help="CSV or Parquet file, or a bundled table such as sklearn:diabetes.")],
    target: Annotated[str | None, typer.Option(help="Column to predict.")] = None,
    metric: Annotated[str, typer.Option(help="What judges the model: mae, rmse, f1, roc_auc, pinball@0.9 ...")] = "",
    model: Annotated[str, typer.Option(help="linear, or mlp.")] = "linear",
    default: Annotated[str | None, typer.Option(help="The loss to beat.")] = None,
    budget: Annotated[str | None, typer.Option(help="Time allowed, such as 60s or 5m; no limit by default.")] = None,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 5,
    repeats: Annotated[int, typer.Option(help="Repeats of the folds.")] = 4,
    rope: Annotated[float, typer.Option(help="A gain below this counts as equal.")] = 0.01,
    holdout: Annotated[
        float | None, typer.Option(help="Share of rows for a last look; 0.2 from 1,000 rows on.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    loss: Annotated[list[str] | None, typer.Option(help="A further loss to try; may be repeated.")] = None,
    task: Annotated[str | None, typer.Option(help="regression, binary or multiclass; detected by default.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report here (.html or .md).")] = None,
    drop_missing_target: Annotated[bool, typer.Option(help="Leave out rows without a target.")] = False,
    as_json: JSON = False,
) -> None:
    """Compare losses on your table and say which to train with."""
    from losskit.chooser.choose import check_options
    from losskit.chooser.choose import choose as run

    seconds = _seconds(budget)
    check_options(
        metric,
        model=model,
        folds=folds,
        repeats=repeats,
        rope=rope,
        holdout=holdout,
        budget=seconds,
        report=report,
    )
    with _Progress() as show:
        verdict = run(
            file,
            target,
            metric,
            model=model,
            task=task,
            default=default,
            losses=loss or (),
            budget=seconds,
            folds=folds,
            repeats=repeats,
            rope=rope,
            holdout=holdout,
            seed=seed,
            drop_missing_target=drop_missing_target,
            progress=show,
            started=_STARTED,
        )
    if report is not None:
        verdict.report(report)
    if as_json:
        _print_json(verdict.to_json())
        return
    from losskit.chooser.document import brief
    from losskit.reporting import render_terminal

    render_terminal(brief(verdict))
    if report is not None:
        typer.echo(f"Report: {report}")
    else:
        typer.echo("--report report.html adds code for each framework, the folds and the sources.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def doctor(
    context: typer.Context,
    script: Annotated[Path, typer.Argument(help="The training script to run; what follows is passed on to it.")],
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
    first_steps: Annotated[
        int, typer.Option(help="Calls at each place, and backward passes, that are looked at.")
    ] = 20,
    mute: Annotated[list[str] | None, typer.Option(help="A code not to report; may be repeated.")] = None,
    as_json: JSON = False,
) -> None:
    """Run a training script and report mistakes with its losses: exit code 1 if there are any, or if it fails.

    These options may stand before or after the script; after `--` everything is the script's.
    """
    from losskit.doctor.document import document, show, to_json
    from losskit.doctor.muting import check_codes, muted_by_project
    from losskit.doctor.observe import Observation
    from losskit.doctor.script import run, stdout_to_stderr

    seen = Observation(first_steps, check_codes(mute or ()) | muted_by_project(script.parent))
    with stdout_to_stderr() if as_json else contextlib.nullcontext():
        error = run(script, context.args, seen)
    if as_json:
        _print_json(to_json(seen.findings, seen.calls, error))
    else:
        show(document(seen.findings, seen.calls, seen.unexamined, error or "", f"losskit doctor {script}"))
    bad = ("error", "warning") if strict else ("error",)
    if any(found.severity in bad for found in seen.findings) or error not in (None, "KeyboardInterrupt"):
        raise typer.Exit(1)


@app.command("list")
def list_losses(
    family: Annotated[str | None, typer.Option(help="One family only.")] = None, as_json: JSON = False
) -> None:
    """List the losses of the catalogue."""
    from losskit.insight.pages import describe, families

    known = families()
    if family is not None and family not in known:
        from losskit.errors import UnknownName

        raise UnknownName("family", family, known)
    rows = [describe(name) for fam in ([family] if family else known) for name in known[fam]]
    if as_json:
        _print_json(rows)
        return
    from losskit.insight.pages import catalogue_document
    from losskit.reporting import render_terminal

    render_terminal(catalogue_document(rows))


@app.command()
def show(
    loss: Annotated[str, typer.Argument(help="A loss by its name, or by a peer's: torch.nn.SmoothL1Loss.")],
    as_json: JSON = False,
) -> None:
    """Show a loss: formula, gradient, parameters, what it estimates, source, peers' names, its curve."""
    from losskit.insight.pages import details, loss_document

    if as_json:
        _print_json(details(loss))
        return
    from losskit.reporting import render_terminal

    render_terminal(loss_document(loss))


@app.command()
def kernels(
    losses: Annotated[list[str] | None, typer.Argument(help="Only the kernels of these losses.")] = None,
    warm: Annotated[bool, typer.Option("--warm", help="Compile kernels ahead, of losses at their defaults.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Remove kernels from the disk.")] = False,
    as_json: JSON = False,
) -> None:
    """Show the compiled kernels and where they lie."""
    from losskit.core.registry import factory
    from losskit.kernels import cache

    # A user's own losses are known by their kernels alone.
    losses = [name if cache.kept([name]) else factory(name).definition.name for name in losses or ()]
    if clear:
        print(f"Removed {_of_kernels(cache.clear(losses))}.", file=sys.stderr)
    if warm:
        _warm(losses)
    rows = cache.kept(losses)
    if as_json:
        _print_json({"directory": str(cache.directory()), "kernels": rows})
        return
    from losskit.reporting import render_terminal
    from losskit.reporting.document import Column, Document, Table

    columns = [
        Column("kernel", "what it computes"),
        Column("bytes", "bytes", "number"),
        Column("file", "file", priority=1),
    ]
    title = _of_kernels(len(rows)) + (f" of {', '.join(losses)}" if losses else "")
    render_terminal(Document(title, f"in {cache.directory()}", [Table(columns, rows)] if rows else []))


def _of_kernels(number: int) -> str:
    return "1 kernel" if number == 1 else f"{number or 'no'} kernels"


def _warm(losses: list[str]) -> None:
    """Compile ahead, and say on stderr which loss is at hand; of all, those without kernels are not spoken of."""
    from losskit.core import acceleration
    from losskit.core.registry import factory, names

    for name in losses or names():
        start = time.monotonic()
        if acceleration.warm(factory(name).example()):
            print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)
        elif losses:
            print(f"{name}: nothing to compile ahead", file=sys.stderr, flush=True)


def main() -> None:
    """Run the command line: exit code 2 and no traceback for bad input, 130 after Ctrl-C with nothing to show."""
    try:
        code = app(standalone_mode=False)
    except LosskitError as error:
        _fail(error.message, error.remedy)
    except Exception as error:
        if type(error).__module__.partition(".")[0] in ("click", "typer") and hasattr(error, "format_message"):
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "losskit"
            if not error.format_message():  # a bare `losskit` has printed its help
                raise SystemExit(0) from None
            _fail(error.format_message(), f"{command} --help says what can be given.")
        raise
    if code == INTERRUPTED:
        print("Stopped before there was anything to show.", file=sys.stderr)
    raise SystemExit(code or 0)


def _fail(message: str, remedy: str) -> None:
    print(f"Error: {message}", file=sys.stderr)
    if remedy:
        print(f"  {remedy}", file=sys.stderr)
    raise SystemExit(2)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def _seconds(budget: str | None) -> float | None:
    """ "60s", "5m", "1h" or plain seconds."""
    if budget is None:
        return None
    text = budget.strip().lower()
    unit = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(text[-1:])
    try:
        value = float(text[:-1]) * unit if unit else float(text)
    except ValueError:
        raise InvalidInput(f"cannot read the budget {budget!r}", "Write it as 60s, 5m or 1h.") from None
    if not value > 0:
        raise InvalidInput(f"a budget must be more than 0 s, got {budget!r}", "60s is plenty for a small table.")
    return value


class _Progress:
    """A live line on stderr: the stage, a bar, the current leader and the time left; plain lines without a terminal."""

    def __enter__(self) -> Callable[[Any], None]:
        try:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
        except ImportError as error:
            raise MissingExtra("the command line needs rich", 'pip install "losskit[cli]"') from error
        console = Console(stderr=True)
        self.live = console.is_terminal
        self.said = ""
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[leader]}"),
            console=console,
            transient=True,
            disable=not self.live,
        )
        self.task = self.bar.add_task("reading the table", total=1.0, leader="")
        self.bar.start()
        return self.show

    def show(self, at: Any) -> None:
        left = "" if at.seconds_left is None else f"{at.seconds_left:.0f} s left"
        leader = "; ".join(part for part in (f"leading: {at.leader}" if at.leader else "", left) if part)
        self.bar.update(self.task, description=at.stage, completed=at.done, leader=leader)
        if not self.live and at.stage != self.said:
            self.said = at.stage
            print(f"{at.stage} ... {leader}".rstrip(), file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


if __name__ == "__main__":
    main()
