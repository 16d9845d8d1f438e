"""How exact is every loss? Its value, gradient and Hessian against 50 digits, beside the frameworks' own versions.

    python scripts/accuracy.py [huber ...] [--write docs/accuracy.md]

Each figure is the worst over the points that the laws of accuracy meet (0, a residual of 0, ±1e-8, ±30, ±1e4, the
domains' edges, random ones), at the default parameters and at the ends of their ranges. Exit code 1 where a loss is
outside the norm, or further from the truth than a framework's own version of it on the same points and library.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import argparse
import datetime
import importlib.metadata
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import tensorflow as tf
import torch
import torch.nn.functional as F  # noqa: N812

import losskit as lk
from losskit.core.registry import factory
from losskit.reporting import (
    Bullets,
    Column,
    Document,
    Facts,
    Paragraph,
    Section,
    Table,
    render_markdown,
    render_terminal,
)
from losskit.testing.accuracy import DTYPES, K, between_sides, by_sympy, evaluate, judge, quantities, truth
from losskit.testing.libraries import Library
from losskit.testing.points import sample_of
from losskit.testing.variants import extremes

# --- What the frameworks have ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Peer:
    """A framework's own version of a loss: one number for each item, from its arrays and the loss's parameters."""

    name: str
    library: Library
    loss: str
    each: Callable[..., Any]
    only: Mapping[str, Any] = field(default_factory=dict)  # the parameters that it has no argument for
    labels: str = ""  # of classes: "ids", "soft", or both
    defined: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda pred, target: np.isfinite(target)

    def serves(self, loss: lk.Loss, soft: bool) -> bool:
        agrees = all(np.array_equal(loss.params[name], value) for name, value in self.only.items())
        return agrees and loss.params.get("class_weight") is None and self.labels in ("", "soft" if soft else "ids")

    def compute(self, loss: lk.Loss, quantity: str, dtype: str, soft: bool) -> np.ndarray:
        """The quantity on the sample of `loss`, its derivatives by the framework's automatic differentiation."""
        passed = {k: v for k, v in loss.params.items() if k not in {"class_weight", "ignore_index", *self.only}}
        pred, target = sample_of(loss, soft)
        y = native_target(self.library, target, dtype)
        return derive(self.library, lambda z: self.each(z, y, **passed), pred, dtype, quantity)


def native_target(library: Library, target: np.ndarray, dtype: str) -> Any:
    return library.array(target, "int64" if target.dtype.kind == "i" else dtype)


TOTALS = {Library.TORCH: torch.sum, Library.JAX: jnp.sum, Library.TENSORFLOW: tf.reduce_sum}


def derive(library: Library, each: Callable[[Any], Any], pred: np.ndarray, dtype: str, quantity: str) -> np.ndarray:
    """The value, gradient or Hessian diagonal of a function of arrays, by the library's own autodiff."""
    z, total = library.array(pred, dtype), TOTALS[library]
    if quantity == "value":
        return library.numbers(each(z))
    if quantity == "gradient":
        return library.numbers(library.gradients(lambda x: total(each(x)), z)[0])
    ones = library.array(np.ones(pred.shape), dtype)
    # The second term is 0 with its derivatives: PyTorch's own zeros may be ZeroTensors, which NumPy cannot read.
    return library.second(lambda x: total(each(x)) + 0.0 * total(x * x), [z], [ones])[0]


def hard(pred: np.ndarray, target: np.ndarray) -> np.ndarray:
    return (target == 0.0) | (target == 1.0)


def at_least_1e_7(pred: np.ndarray, target: np.ndarray) -> np.ndarray:
    return (pred >= 1e-7) & (target >= 1e-7)


def torch_peers() -> Iterator[Peer]:
    each: dict[str, Any] = dict(reduction="none")

    def peer(name: str, loss: str, call: Callable[..., Any], **options: Any) -> Peer:
        return Peer(f"F.{name}", Library.TORCH, loss, call, **options)

    def weighted(z: Any, y: Any, pos_weight: float) -> Any:
        return F.binary_cross_entropy_with_logits(z, y, pos_weight=torch.as_tensor(pos_weight, dtype=z.dtype), **each)

    def rows(z: Any, y: Any) -> Any:
        return F.kl_div(z, y, **each).sum(-1)

    yield peer("mse_loss", "squared_error", lambda z, y: F.mse_loss(z, y, **each), only=dict(half=False))
    yield peer("l1_loss", "absolute_error", lambda z, y: F.l1_loss(z, y, **each))
    yield peer("huber_loss", "huber", lambda z, y, delta: F.huber_loss(z, y, delta=delta, **each))
    yield peer("smooth_l1_loss", "smooth_l1", lambda z, y, beta: F.smooth_l1_loss(z, y, beta=beta, **each))
    yield peer("poisson_nll_loss", "poisson", lambda z, y: F.poisson_nll_loss(z, y, **each), only=dict(full=False))
    yield peer(
        "poisson_nll_loss", "poisson_rate", lambda z, y: F.poisson_nll_loss(z, y, log_input=False, eps=0.0, **each)
    )
    yield peer("binary_cross_entropy_with_logits", "binary_cross_entropy", weighted, only=dict(label_smoothing=0.0))
    yield peer(
        "soft_margin_loss",
        "binary_cross_entropy",
        lambda z, y: F.soft_margin_loss(z, 2.0 * y - 1.0, **each),
        only=dict(pos_weight=1.0, label_smoothing=0.0),
        defined=hard,
    )
    yield peer("binary_cross_entropy", "binary_cross_entropy_probs", lambda z, y: F.binary_cross_entropy(z, y, **each))
    for labels in ("ids", "soft"):
        yield peer(
            f"cross_entropy ({labels})",
            "cross_entropy",
            lambda z, y, **smoothing: F.cross_entropy(z, y, **smoothing, **each),
            only=dict(z_loss=0.0),
            labels=labels,
        )
    yield peer("nll_loss", "nll", lambda z, y: F.nll_loss(z, y, **each), labels="ids")
    yield peer("kl_div", "kl_div", rows, labels="soft")
    yield peer("kl_div", "kl_div_logits", lambda z, y: rows(F.log_softmax(z, -1), y), labels="soft")


def keras_peers() -> Iterator[Peer]:
    def peer(name: str, loss: str, call: Callable[..., Any], **options: Any) -> Peer:
        return Peer(f"keras {name}", Library.TENSORFLOW, loss, call, **options)

    def column(name: str, **fixed: Any) -> Callable[..., Any]:
        """Keras averages the last axis: each item is given one of its own."""
        function = getattr(keras.losses, name)
        return lambda z, y, **params: function(y[:, None], z[:, None], **fixed, **params)

    def share(z: Any, y: Any, eps: float) -> Any:
        kept = keras.config.epsilon()
        keras.config.set_epsilon(eps)
        percent = column("mean_absolute_percentage_error")(z, y)
        keras.config.set_epsilon(kept)
        return percent / 100.0

    def focal(z: Any, y: Any, gamma: float, alpha: float | None) -> Any:
        balance = dict(apply_class_balancing=True, alpha=alpha) if alpha is not None else {}
        return column("binary_focal_crossentropy", from_logits=True)(z, y, gamma=gamma, **balance)

    yield peer("mean_squared_error", "squared_error", column("mean_squared_error"), only=dict(half=False))
    yield peer("mean_absolute_error", "absolute_error", column("mean_absolute_error"))
    yield peer("huber", "huber", column("huber"))
    yield peer("log_cosh", "log_cosh", column("log_cosh"))
    yield peer("mean_absolute_percentage_error", "mape", share)
    yield peer(
        "mean_squared_logarithmic_error", "msle", column("mean_squared_logarithmic_error"), defined=at_least_1e_7
    )
    yield peer("poisson", "poisson_rate", column("poisson"))
    yield peer(
        "binary_crossentropy",
        "binary_cross_entropy",
        column("binary_crossentropy", from_logits=True),
        only=dict(pos_weight=1.0),
    )
    yield peer("binary_crossentropy", "binary_cross_entropy_probs", column("binary_crossentropy"))
    yield peer("hinge", "hinge", column("hinge"), only=dict(margin=1.0))
    yield peer("squared_hinge", "squared_hinge", column("squared_hinge"), only=dict(margin=1.0))
    yield peer("binary_focal_crossentropy", "focal", focal, defined=hard)
    losses = keras.losses
    yield peer(
        "sparse_categorical_crossentropy",
        "cross_entropy",
        lambda z, y: losses.sparse_categorical_crossentropy(y, z, from_logits=True),
        only=dict(label_smoothing=0.0, z_loss=0.0),
        labels="ids",
    )
    yield peer(
        "categorical_crossentropy",
        "cross_entropy",
        lambda z, y, **smoothing: losses.categorical_crossentropy(y, z, from_logits=True, **smoothing),
        only=dict(z_loss=0.0),
        labels="soft",
    )
    yield peer(
        "categorical_focal_crossentropy",
        "softmax_focal",
        lambda z, y, gamma: losses.categorical_focal_crossentropy(y, z, alpha=1.0, gamma=gamma, from_logits=True),
        only=dict(alpha=None),
        labels="soft",
    )


def tensorflow_peers() -> Iterator[Peer]:
    def peer(name: str, loss: str, call: Callable[..., Any], **options: Any) -> Peer:
        return Peer(f"tf.nn.{name}", Library.TENSORFLOW, loss, call, **options)

    plain = dict(label_smoothing=0.0)
    yield peer("log_poisson_loss", "poisson", lambda z, y: tf.nn.log_poisson_loss(y, z), only=dict(full=False))
    yield peer(
        "sigmoid_cross_entropy_with_logits",
        "binary_cross_entropy",
        lambda z, y: tf.nn.sigmoid_cross_entropy_with_logits(y, z),
        only=dict(pos_weight=1.0, **plain),
    )
    yield peer(
        "weighted_cross_entropy_with_logits",
        "binary_cross_entropy",
        lambda z, y, pos_weight: tf.nn.weighted_cross_entropy_with_logits(y, z, pos_weight),
        only=plain,
    )
    yield peer(
        "sparse_softmax_cross_entropy_with_logits",
        "cross_entropy",
        lambda z, y: tf.nn.sparse_softmax_cross_entropy_with_logits(y, z),
        only=plain | dict(z_loss=0.0),
        labels="ids",
    )
    yield peer(
        "softmax_cross_entropy_with_logits",
        "cross_entropy",
        lambda z, y: tf.nn.softmax_cross_entropy_with_logits(y, z),
        only=plain | dict(z_loss=0.0),
        labels="soft",
    )


def optax_peers() -> Iterator[Peer]:
    def peer(name: str, loss: str, call: Callable[..., Any] | None = None, **options: Any) -> Peer:
        return Peer(f"optax.{name}", Library.JAX, loss, call or getattr(optax.losses, name), **options)

    def signed(name: str) -> Callable[..., Any]:
        return lambda z, y: getattr(optax.losses, name)(z, 2.0 * y - 1.0)

    plain = dict(label_smoothing=0.0)
    yield peer("squared_error", "squared_error", only=dict(half=False))
    yield peer("l2_loss", "squared_error", only=dict(half=True))
    yield peer("huber_loss", "huber")
    yield peer("log_cosh", "log_cosh")
    yield peer("hinge_loss", "hinge", signed("hinge_loss"), only=dict(margin=1.0))
    yield peer("perceptron_loss", "perceptron", signed("perceptron_loss"))
    yield peer("sigmoid_binary_cross_entropy", "binary_cross_entropy", only=dict(pos_weight=1.0, **plain))
    yield peer("sigmoid_focal_loss", "focal", defined=hard)
    yield peer(
        "softmax_cross_entropy_with_integer_labels", "cross_entropy", only=plain | dict(z_loss=0.0), labels="ids"
    )
    yield peer("softmax_cross_entropy", "cross_entropy", only=plain | dict(z_loss=0.0), labels="soft")
    yield peer("poly_loss_cross_entropy", "poly1", labels="soft")
    yield peer("kl_divergence", "kl_div", labels="soft")
    yield peer(
        "kl_divergence",
        "kl_div_logits",
        lambda z, y: optax.losses.kl_divergence(jax.nn.log_softmax(z), y),
        labels="soft",
    )


# --- What is measured -----------------------------------------------------------------------------------------------

ROUNDING = 1.0  # figures that differ by less are equal: one unit is what rounding the inputs once does
Case = tuple[lk.Loss, bool]  # a loss, and whether its classes are soft labels


@dataclass(frozen=True)
class Worst:
    """The figure that lies furthest from the truth, in units, where that is, and whether all obey the norm."""

    units: float
    where: str
    near: bool


def furthest(
    got: np.ndarray, case: Case, quantity: str, library: Library, dtype: str, on: Any = True, own: bool = True
) -> Worst:
    """The worst over the points `on`; whoever is not our `own` may take any side's derivative at a kink."""
    loss, soft = case
    judged = judge(got, loss, quantity, library, dtype, soft)
    excused = ~np.broadcast_to(on, got.shape)
    if not own:
        excused = excused | between_sides(got, loss, quantity, soft)
    units = np.where(excused, 0.0, judged.units)
    at = np.unravel_index(np.argmax(units), units.shape)
    pred, target = sample_of(loss, soft)
    shown = re.sub(r"\d\.\d{9,}", lambda number: f"{float(number[0]):.6g}", repr(loss))  # parameters that fit float32
    where = f"`{shown}` at pred={brief(pred[at[0]])}, target={brief(target[at[0]])}: "
    where += f"{got[at]:.9g} for {truth(loss, quantity, soft).high[at]:.9g}"
    return Worst(float(units[at]), where, bool(np.all(judged.near | excused)))


def brief(values: np.ndarray) -> str:
    return "(" + ", ".join(brief(v) for v in values) + ")" if np.ndim(values) else f"{values:.9g}"


def worst_of(found: Sequence[Worst]) -> Worst:
    top = max(found, key=lambda worst: worst.units)
    return Worst(top.units, top.where, all(worst.near for worst in found))


@dataclass(frozen=True)
class Row:
    """One quantity of one loss: our worst by library and dtype."""

    loss: str
    quantity: str
    worst: Mapping[tuple[Library, str], Worst]


@dataclass(frozen=True)
class Match:
    """One quantity of one loss against a framework's own version: the worst of each by dtype.

    `ours` is from the definition's own derivatives, `auto` from the library's autodiff through our call.
    """

    peer: Peer
    quantity: str
    ours: Mapping[str, Worst]
    auto: Mapping[str, Worst]
    theirs: Mapping[str, Worst]

    def losses_to_peer(self) -> Iterator[tuple[str, str, Worst]]:
        """(dtype, how, worst) wherever we are further from the truth by more than a rounding of the inputs."""
        for how, side in (("", self.ours), (" by autodiff", self.auto)):
            for dtype, worst in side.items():
                if worst.units > self.theirs[dtype].units + ROUNDING:
                    yield dtype, how, worst

    @property
    def verdict(self) -> str:
        if any(self.losses_to_peer()):
            return "further"
        closer = any(self.ours[dtype].units + ROUNDING < self.theirs[dtype].units for dtype in self.ours)
        return "closer" if closer else "equal"


def cases_of(name: str) -> list[Case]:
    losses = extremes(factory(name))
    return [(loss, soft) for loss in losses for soft in ((False, True) if loss.definition.class_input else (False,))]


def measure_loss(name: str) -> Iterator[Row]:
    cases = cases_of(name)
    for quantity in quantities(cases[0][0]):
        worst = {}
        for library in Library:
            for dtype in DTYPES:
                figures = [
                    furthest(evaluate(loss, quantity, library, dtype, soft), (loss, soft), quantity, library, dtype)
                    for loss, soft in cases
                ]
                worst[library, dtype] = worst_of(figures)
        yield Row(name, quantity, worst)


def measure_peer(peer: Peer) -> Iterator[Match]:
    """Both on the losses that the peer serves; Hessians where they are diagonal."""
    cases = [case for case in cases_of(peer.loss) if peer.serves(*case)]
    for quantity in quantities(cases[0][0]):
        if quantity == "hessian" and cases[0][0].kind != "pointwise":
            continue
        sides: dict[str, dict[str, Worst]] = {"ours": {}, "auto": {}, "theirs": {}}
        for dtype in DTYPES:
            found = [compare(peer, case, quantity, dtype) for case in cases]
            for side, worsts in sides.items():
                if figures := [each[side] for each in found if side in each]:
                    worsts[dtype] = worst_of(figures)
        yield Match(peer, quantity, **sides)


def compare(peer: Peer, case: Case, quantity: str, dtype: str) -> dict[str, Worst]:
    """Ours, ours by autodiff, and theirs, on the points where the peer is defined."""
    (loss, soft), library = case, peer.library
    pred, target = sample_of(loss, soft)
    on = peer.defined(pred, target) if loss.kind == "pointwise" else True
    got = {"ours": evaluate(loss, quantity, library, dtype, soft), "theirs": peer.compute(loss, quantity, dtype, soft)}
    if quantity != "value":
        y = native_target(library, target, dtype)
        got["auto"] = derive(library, lambda z: loss.each(z, y), pred, dtype, quantity)
    return {
        side: furthest(numbers, case, quantity, library, dtype, on, own=side == "ours") for side, numbers in got.items()
    }


# --- What is said ---------------------------------------------------------------------------------------------------

UNIT = (
    "The unit is eps·max(|f|, Σ|xᵢ ∂f/∂xᵢ|), eps the spacing of the dtype at 1: what rounding every input once does to "
    "the result. 0 is exact; the norm is 4 for values and 16 for derivatives; ∞ is NaN, a wrong infinity, or "
    "anything but 0 where 0 is certain. The truth comes from 50-digit arithmetic on derivatives taken by SymPy."
)
SHORT = {Library.NUMPY: "NumPy", Library.TORCH: "torch", Library.JAX: "JAX", Library.TENSORFLOW: "TF"}
PACKAGES = ("losskit", "numpy", "torch", "jax", "tensorflow-cpu", "keras", "optax", "sympy", "mpmath")
BITS = {"float32": "32", "float64": "64"}


def figure(worst: Worst | None) -> str | None:
    """Two digits; a power of ten from a thousand on."""
    if worst is None or np.isinf(worst.units):
        return None if worst is None else "∞"
    return f"{worst.units:.2g}" if worst.units < 1000 else f"{worst.units:.1e}".replace("e+0", "e").replace("e+", "e")


def table_of_peers(matches: Sequence[Match]) -> Table:
    sides = {"ours": "ours", "auto": "auto", "theirs": "peer"}
    numbers = [(side, dtype) for dtype in DTYPES for side in sides]
    columns = [Column("loss", "loss"), Column("peer", "peer"), Column("quantity", "quantity")]
    columns += [Column(side + dtype, sides[side] + BITS[dtype], align="right") for side, dtype in numbers]
    rows = [
        {"loss": m.peer.loss, "peer": m.peer.name, "quantity": m.quantity, "verdict": m.verdict}
        | {side + dtype: figure(getattr(m, side).get(dtype)) for side, dtype in numbers}
        for m in matches
    ]
    return Table([*columns, Column("verdict", "we are")], rows)


def table_of_losses(rows: Sequence[Row]) -> Table:
    numbers = [(library, dtype) for dtype in DTYPES for library in Library]
    columns = [Column("loss", "loss"), Column("quantity", "quantity")]
    columns += [Column(f"{lib}{dtype}", f"{SHORT[lib]} {BITS[dtype]}", align="right") for lib, dtype in numbers]
    lines = [
        {"loss": row.loss, "quantity": row.quantity, "norm": norm_of(row)}
        | {f"{lib}{dtype}": figure(row.worst[lib, dtype]) + star(row, lib, dtype) for lib, dtype in numbers}
        for row in rows
    ]
    return Table([*columns, Column("norm", "norm")], lines)


def star(row: Row, library: Library, dtype: str) -> str:
    worst = row.worst[library, dtype]
    return "*" if worst.near and worst.units > K[row.quantity] else ""


def norm_of(row: Row) -> str:
    return "within" if all(worst.near for worst in row.worst.values()) else "OUTSIDE"


def outside(rows: Sequence[Row]) -> list[str]:
    return [
        f"{row.quantity} on {library} {dtype}: {figure(worst)}, {worst.where}"
        for row in rows
        for (library, dtype), worst in row.worst.items()
        if not worst.near
    ]


def further(matches: Sequence[Match]) -> list[str]:
    return [
        f"{m.quantity}{how} on {m.peer.library} {dtype}: {figure(worst)} against {figure(m.theirs[dtype])} of "
        f"`{m.peer.name}`, {worst.where}"
        for m in matches
        for dtype, how, worst in m.losses_to_peer()
    ]


def peers_outside(matches: Sequence[Match]) -> list[str]:
    """The frameworks' own figures beyond the norm, in the dtype where they are worse."""
    found = []
    for m in matches:
        dtype, worse = max(m.theirs.items(), key=lambda item: item[1].units)
        if not worse.near:
            found.append(f"`{m.peer.name}`, {m.quantity}, {dtype}: {figure(worse)}, {worse.where}")
    return found


def listed(title: str, items: Sequence[str], note: str = "") -> list[Section]:
    return [Section(title, [Bullets(items)], note)] if items else []


def report(rows: Sequence[Row], matches: Sequence[Match]) -> Document:
    misses, worse = outside(rows), further(matches)
    closer = sum(match.verdict == "closer" for match in matches)
    against = f"closer to the truth in {closer} of {len(matches)} quantities, "
    against += f"further in {len(worse)}, listed below" if worse else "never further"
    pointwise = [name for name in lk.names() if factory(name).definition.kind == "pointwise"]
    others = [name for name in pointwise if not by_sympy(factory(name).example())]
    measured = f"{len({row.loss for row in rows})} losses, {len({m.peer for m in matches})} beside a framework's own"
    facts = [
        ("Within the norm", "all" if not misses else f"all but {len(misses)}, listed below"),
        ("Against the frameworks' own", against),
        ("Measured", measured),
        ("Pointwise but not here, with other inputs", ", ".join(others) or "none"),
        ("Date", datetime.date.today().isoformat()),
        ("Versions", ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)),
    ]
    return Document(
        "Accuracy",
        blocks=[
            Paragraph(UNIT),
            Facts(facts),
            *listed("Outside the norm", misses),
            *listed("Further from the truth than a framework's own", worse),
            Section("Against the frameworks' own losses", [table_of_peers(matches)], PEERS_NOTE),
            *listed("Where a framework's own loss leaves the norm", peers_outside(matches), "The worst point of each."),
            Section("Every loss", [table_of_losses(rows)], LOSSES_NOTE),
        ],
        footer="Made by `make accuracy`.",
    )


PEERS_NOTE = (
    "The worst of each on the same points and parameters, in float32 and float64. `ours` is the loss's own gradient or "
    "Hessian, `auto` the library's autodiff through our call, `peer` its autodiff through the framework's own loss. "
    "Autodiff may take either side's derivative at a kink; an epsilon that a framework adds counts as its error. "
    "Closer and further mean by more than one unit. Keras runs on TensorFlow."
)
LOSSES_NOTE = (
    "Starred figures are as far off as the library's own primitive carries them (log_softmax, which subtracts log Σeˣ; "
    "on JAX log1p in float64 and lgamma; on TensorFlow the float32 sigmoid)."
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("losses", nargs="*", help="these losses instead of all")
    parser.add_argument("--write", type=Path, help="write the report to this Markdown file too")
    args = parser.parse_args()
    peers = [*torch_peers(), *keras_peers(), *tensorflow_peers(), *optax_peers()]
    names = args.losses or judged_losses(peers)
    rows: list[Row] = []
    matches: list[Match] = []
    for number, name in enumerate(names, 1):
        start = time.perf_counter()
        rows += measure_loss(name)
        matches += [match for peer in peers if peer.loss == name for match in measure_peer(peer)]
        print(f"{number}/{len(names)} {name} {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
    document = report(rows, matches)
    render_terminal(document, width=120)
    if args.write:
        args.write.write_text(render_markdown(document))
    return 1 if outside(rows) or further(matches) else 0


def judged_losses(peers: Sequence[Peer]) -> list[str]:
    """The pointwise losses, and what else a framework has its own version of."""
    known = {peer.loss for peer in peers}
    pointwise = {name for name in lk.names() if factory(name).definition.kind == "pointwise"}
    return [name for name in lk.names() if name in pointwise | known and by_sympy(factory(name).example())]


if __name__ == "__main__":
    warnings.filterwarnings("ignore")  # NumPy says where a number overflows
    sys.exit(main())
