"""A loss's definition: one function in the vocabulary, its declared inputs and parameters, and its graphs."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from losskit.core.classes import ClassTarget
from losskit.core.domains import Domain
from losskit.core.items import Items
from losskit.core.params import Param, PerClass, Static
from losskit.errors import NotSupported
from losskit.ops import symbols as _symbols
from losskit.ops.graph import Node, constant, input_node
from losskit.ops.program import Program
from losskit.ops.reverse import differentiate, differentiate_all

symbols: Any = _symbols  # its words are made from their list

CLAIMS = {
    "estimates": "what the best constant prediction is",
    "convex": "convex in pred",
    "smooth": "twice differentiable in pred everywhere",
    "bounded": "never above this number",
    "lipschitz": "the slope in pred never exceeds this number",
    "redescending": "far from the target the gradient goes back to 0",
    "proper": "the true probability is a minimiser of the expected loss",
    "residual": "depends on pred - target alone",
    "scale_equivariant": "scaling pred, target and the parameters in the target's units scales the loss by a power",
    "scale_invariant": "the length of an embedding does not matter",
    "zero_at_target": "0 where the prediction is perfect, and nowhere below",
    "trainable": "has a useful gradient",
}

CLASS_PARAMS = {
    "class_weight": PerClass(
        optional=True, doc="weight of each class; multiplies the loss and, for ids, enters the divisor"
    ),
    "ignore_index": Static(-100, optional=True, doc="ids equal to this are left out; None keeps all"),
}


@dataclass(frozen=True, eq=False)
class Definition:
    """Everything declared about a loss, and the graphs derived from it.

    `lead` is the first input; `wrt` names those that derivatives are taken in, in the order declared; `class_input`
    the one that holds classes, if any.
    """

    name: str
    function: Callable[..., Any]
    inputs: Mapping[str, Domain]
    params: Mapping[str, Param]
    claims: Mapping[str, Any]
    source: str
    aka: tuple[str, ...]
    aliases: tuple[str, ...]
    pitfall: str
    module: str
    curvature: Callable[..., Any] | float | None = None
    hessian: Callable[..., Any] | None = None
    link: Callable[..., Any] | None = None
    wrt: tuple[str, ...] = ()
    lead: str = field(init=False)
    kind: str = field(init=False)
    over_items: bool = field(init=False)
    class_input: str | None = field(init=False)
    _graphs: dict[Any, Graphs] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        # Worked out once: every call of every loss asks for them.
        lead, domain = next(iter(self.inputs.items()))
        kind = kind_of(domain)
        object.__setattr__(self, "lead", lead)
        object.__setattr__(self, "wrt", self.wrt or (lead,))
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "over_items", kind in _OVER_ITEMS.values())
        object.__setattr__(self, "class_input", next((k for k, d in self.inputs.items() if d.classes), None))

    @property
    def task(self) -> str:
        """What the loss trains for, from the inputs' domains.

        "regression", "binary", "multiclass", "ranking", "embedding", "segmentation", "detection" or "other".
        """
        for axis in self.inputs[self.lead].axes:
            if axis in _TASKS:
                return _TASKS[axis]
        if self.class_input:
            return "multiclass"
        others = [domain for name, domain in self.inputs.items() if name != self.lead]
        target = others[0] if len(others) == 1 else self.inputs.get("target")
        if target is None or len(self.wrt) == len(self.inputs) or self.kind != "pointwise":
            return "other"
        return "binary" if (target.low, target.high) == (0.0, 1.0) else "regression"

    @property
    def trainable(self) -> bool:
        return self.claims.get("trainable", True)

    @property
    def description(self) -> str:
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def call(self, ops: Any, inputs: Mapping[str, Any], params: Mapping[str, Any], soft: bool) -> Any:
        """The formula on whatever `ops` works on: one loss for each item."""
        return self.function(ops, *self.prepare(ops, inputs, params, soft), **self.own(params))

    def prepare(self, ops: Any, inputs: Mapping[str, Any], params: Mapping[str, Any], soft: bool) -> list[Any]:
        """The inputs as the function takes them: classes come as a distribution to take expectations under, and
        after the inputs of a loss over items come those that are real."""
        weight = params.get("class_weight")
        prepared = [
            ClassTarget(ops, inputs[name], soft, weight) if domain.classes else inputs[name]
            for name, domain in self.inputs.items()
        ]
        return [*prepared, Items(ops, inputs.get("where"))] if self.over_items else prepared

    def own(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters the function itself takes."""
        return {k: v for k, v in params.items() if not (self.class_input and k in CLASS_PARAMS)}

    def graphs(self, params: Mapping[str, Any], soft: bool, masked: bool = False) -> Graphs:
        """The graphs for these static parameters; which numbers the data parameters hold does not matter.

        `soft`: classes come as soft labels; `masked`: items come with a mask.
        """
        static = {k: v for k, v in params.items() if self.params[k].static or v is None}
        key = (tuple(sorted(static.items())), soft, masked)
        if key not in self._graphs:
            self._graphs[key] = Graphs(self, static, soft, masked)
        return self._graphs[key]


_OVER_ITEMS = {"L": "listwise", "N": "batchwise", "P": "imagewise"}
_KINDS = {"K": "rowwise", **_OVER_ITEMS}
_TASKS = {"L": "ranking", "D": "embedding", "P": "segmentation", "corner": "detection"}


def kind_of(domain: Domain) -> str:
    """What one loss is for, from the axes of the first input.

    `pointwise`: each entry; `rowwise`: each row of scores over classes; `vectorwise`: each vector, box or set of draws;
    `listwise`, `batchwise`, `imagewise`: a whole list, batch or picture, whose items a mask may leave out.
    """
    return _KINDS.get(domain.axes[0], "vectorwise") if domain.axes else "pointwise"


_PLURALS = {"gradient": "gradients", "hessian": "hessians", "curvature": "curvatures"}
_USUAL = (("each", "gradient"), ("gradient",), ("hessian",), ("curvature",), ("gradient", "curvature"))


class Graphs:
    """The graph of a loss and of its derivatives, traced once for one choice of static parameters."""

    def __init__(self, definition: Definition, static: Mapping[str, Any], soft: bool, masked: bool):
        self.definition = definition
        self.inputs = {name: input_node(name) for name in (*definition.inputs, *(("where",) if masked else ()))}
        self.params = {name: static[name] if name in static else input_node(name) for name in definition.params}
        self.soft = soft
        self.each: Node = definition.call(symbols, self.inputs, self.params, soft)
        self.kernels: dict[Any, Any] = {}  # what kernels keep of theirs
        self._programs: dict[tuple[str, ...], Program] = {}
        for outputs in _USUAL:  # now, as a compiler that traces a call later cannot trace the making of a graph
            with contextlib.suppress(NotImplementedError):  # said when it is asked for
                self.program(*outputs)

    @functools.cached_property
    def gradients(self) -> list[Node]:
        """d(sum of each) in each input of `wrt`."""
        self._refuse_untrainable()
        return differentiate_all(self.each, [self.inputs[name] for name in self.definition.wrt])

    @functools.cached_property
    def hessians(self) -> list[Node]:
        """The diagonal of the Hessian of the sum of each, in each input of `wrt`."""
        d = self.definition
        self._refuse_untrainable()
        if d.hessian is not None:
            prepared = d.prepare(symbols, self.inputs, self.params, self.soft)
            return [d.hessian(symbols, *prepared, **d.own(self.params))]
        if d.kind != "pointwise":
            raise NotSupported(
                f"{d.name} has no exact Hessian diagonal", "declare one with define_loss(hessian=...), or use curvature"
            )
        return [differentiate(g, self.inputs[name]) for g, name in zip(self.gradients, d.wrt, strict=True)]

    @functools.cached_property
    def curvatures(self) -> list[Node]:
        """A positive curvature: declared, else the Hessian where positive, else ψ(r)/r, else 1."""
        d = self.definition
        if callable(d.curvature):
            prepared = d.prepare(symbols, self.inputs, self.params, self.soft)
            declared = d.curvature(symbols, *prepared, **d.own(self.params))
            return [symbols.where(declared > 0.0, declared, 1.0)]  # it may underflow, and so does the gradient there
        if d.curvature is not None:
            return [constant(d.curvature)]
        fallback = self._residual_curvature() if d.claims.get("residual") else constant(1.0)
        if d.kind != "pointwise" and d.hessian is None:
            return [fallback for _ in d.wrt]
        return [_where_positive(hessian, fallback) for hessian in self.hessians]

    @property
    def gradient(self) -> Node:
        """The gradient of a loss that is differentiated in one input."""
        (gradient,) = self.gradients
        return gradient

    @property
    def hessian(self) -> Node:
        (hessian,) = self.hessians
        return hessian

    @property
    def curvature(self) -> Node:
        (curvature,) = self.curvatures
        return curvature

    def _residual_curvature(self) -> Node:
        """ψ(r)/r, the weight of iteratively reweighted least squares; 1 where it is not positive."""
        pred, target = self.inputs.values()
        r = pred - target
        ratio = self.gradient / symbols.where(symbols.abs(r) > 0.0, r, 1.0)
        return symbols.where(ratio > 0.0, ratio, 1.0)

    def program(self, *outputs: str) -> Program:
        """The named graphs (`each`, `gradient`, `hessian`, `curvature`) as one program; derivatives as in `wrt`."""
        if outputs not in self._programs:
            self._programs[outputs] = Program([x for output in outputs for x in self.nodes(output)])
        return self._programs[outputs]

    def nodes(self, output: str) -> list[Node]:
        """The graphs of one output: one for `each`, one for each input of `wrt` otherwise."""
        return [self.each] if output == "each" else getattr(self, _PLURALS[output])

    def _refuse_untrainable(self) -> None:
        d = self.definition
        if not d.trainable:
            raise NotSupported(
                f"{d.name} is flat almost everywhere: it has no useful gradient",
                f"train with a surrogate ({d.pitfall or 'a smooth loss'}) and report {d.name}",
            )


def _where_positive(hessian: Node, fallback: Node) -> Node:
    if hessian.word == "constant":
        return hessian if float(hessian.value or 0.0) > 0 else fallback
    return symbols.where(hessian > 0.0, hessian, fallback)
