"""A loss: an immutable value made of a definition and its parameters."""

from __future__ import annotations

import functools
import importlib
import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from losskit.core import acceleration, reduction
from losskit.core.checks import Layout, check_arrays, check_structure, check_values
from losskit.core.compiling import CompilesApart
from losskit.core.definition import Definition
from losskit.core.terms import Combinable
from losskit.errors import InvalidInput, MissingExtra, NotSupported, UnknownName
from losskit.ops import dispatch

_HALVES = ("float16", "bfloat16")
_NATIVE = {"mean": "mean", "each": "none"}  # what libraries' own operations give, by their names for it


class Call(NamedTuple):
    """The arrays of one call, checked, cast, and with masked entries made harmless."""

    ops: Any
    inputs: dict[str, Any]
    params: Mapping[str, Any]
    soft: bool
    weight: Any  # weight x mask for each item, or None
    divide_by: Any
    given: tuple[Any, ...]  # the inputs of `wrt` as they came
    dtype: str  # of `pred` as it came


class Loss(CompilesApart, Combinable):
    """A loss made by a factory such as `lk.huber(delta=1.0)`.

    Call it with `(pred, target)`: NumPy, PyTorch, JAX or TensorFlow arrays of equal shape; over classes scores
    (..., K) with class ids (...) or soft labels (..., K); over lists scores and relevances (..., L). It compares and
    hashes by value, pickles, and never changes. `pred` decides the dtype; halves compute in float32.
    """

    def __init__(self, definition: Definition, params: Mapping[str, Any]):
        self.definition = definition
        self.params = MappingProxyType(dict(params))
        self._arrays = any(not _is_plain(v) for v in params.values())
        labels = (False, True) if definition.class_input else (False,)
        masks = (False, True) if definition.over_items else (False,)
        forms = itertools.product(labels, masks)  # soft labels or not, masked items or not
        self._graphs = {form: definition.graphs(self.params, *form) for form in forms}

    # identity

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def kind(self) -> str:
        return self.definition.kind

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the loss claims and the tests verify, class weights aside; what these parameters undo is left out."""
        own = self.definition.own(self.params)
        worked_out = {k: v(**own) if callable(v) else v for k, v in self.definition.claims.items()}
        return {k: v for k, v in worked_out.items() if v is not None}

    @property
    def estimates(self) -> str | None:
        """What the best constant prediction is: "mean", "median", "quantile 0.9", ..."""
        return self.claims.get("estimates")

    def __repr__(self) -> str:
        shown = (f"{k}={_plain(v)!r}" for k, v in self.params.items() if not _equal(v, self._default(k)))
        return f"lk.{self.name}({', '.join(shown)})"

    def _default(self, name: str) -> Any:
        param = self.definition.params[name]
        return param.check(self.name, name, param.default) if not param.required else None

    def to_dict(self) -> dict[str, Any]:
        """`{"loss": name, parameter: value, ...}`, which `lk.get` takes back."""
        return {"loss": self.name, **{k: _plain(v) for k, v in self.params.items() if not _equal(v, self._default(k))}}

    @functools.cached_property
    def _key(self) -> tuple[Any, ...]:
        return (self.definition.module, self.name, tuple((k, _hashable(v)) for k, v in self.params.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loss) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __deepcopy__(self, memo: dict[int, Any]) -> Loss:
        return self  # it never changes, and one made inside a function has no name to be found by

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.definition.module, self.name, dict(self.params))

    # values

    def __call__(
        self, *inputs: Any, weight: Any = None, where: Any = None, normalizer: Any = None, **named: Any
    ) -> Any:
        """The weighted mean over the entries that `where` keeps, a scalar; Σ weight·each / normalizer if given.

        `weight` and `where` (boolean) have the shape of `each`; for a loss over lists `where` has pred's and marks the
        items that are real. Nothing left to average gives 0.
        """
        found = self._kernel("mean", inputs, named, weight, where, normalizer)
        if found is not None:
            return found
        call = self._prepare(inputs, named, weight, where)
        divide_by = call.divide_by if normalizer is None else normalizer
        return reduction.mean(call.ops, self._evaluate(call), call.weight, divide_by)

    def each(self, *inputs: Any, where: Any = None, **named: Any) -> Any:
        """One loss for each item, 0 where masked: pred's shape, or without the class axis for losses over classes."""
        found = self._kernel("each", inputs, named, None, where)
        if found is not None:
            return found
        call = self._prepare(inputs, named, None, where)
        each = self._evaluate(call)
        return call.ops.cast(each if call.weight is None else each * call.weight, call.dtype)

    def sum(self, *inputs: Any, weight: Any = None, where: Any = None, **named: Any) -> Any:
        """Σ weight·each over the entries that `where` keeps."""
        found = self._kernel("mean", inputs, named, weight, where, 1.0)
        if found is not None:
            return found
        call = self._prepare(inputs, named, weight, where)
        return reduction.mean(call.ops, self._evaluate(call), call.weight, 1.0)

    # derivatives

    def value_and_gradient(
        self,
        *inputs: Any,
        weight: Any = None,
        where: Any = None,
        normalizer: Any = None,
        out: Any = None,
        **named: Any,
    ) -> tuple[Any, Any]:
        """The mean and its gradient with respect to pred in one pass, without autograd; `out` receives the gradient."""
        found = self._kernel("value_and_gradient", inputs, named, weight, where, normalizer, out)
        if found is not None:
            return found
        call = self._prepare(inputs, named, weight, where)
        ops, divide_by = call.ops, call.divide_by if normalizer is None else normalizer
        with ops.scope():
            each, *gradients = self._run_call(call, "each", "gradient")
            value = reduction.mean(ops, each, call.weight, divide_by)
            share = ops.count(each) if divide_by is None else divide_by
            return value, self._deliver(call, [reduction.weighted(ops, g, call.weight) / share for g in gradients], out)

    def gradient(self, *inputs: Any, weight: Any = None, where: Any = None, **named: Any) -> Any:
        """The gradient of `sum` with respect to pred: at a kink one declared subgradient, the same on every library."""
        return self._derivative("gradient", inputs, weight, where, named)

    def hessian(self, *inputs: Any, weight: Any = None, where: Any = None, **named: Any) -> Any:
        """The exact diagonal of the Hessian of `sum`; raises NotSupported where a loss over rows declares no rule."""
        return self._derivative("hessian", inputs, weight, where, named)

    def curvature(self, *inputs: Any, weight: Any = None, where: Any = None, **named: Any) -> Any:
        """A positive curvature for boosters: declared, else the Hessian where positive, else ψ(r)/r, else 1."""
        return self._derivative("curvature", inputs, weight, where, named)

    def gradient_and_curvature(
        self, *inputs: Any, weight: Any = None, where: Any = None, **named: Any
    ) -> tuple[Any, Any]:
        """`gradient` and `curvature` in one pass over the data: what a booster asks for in every round."""
        found = self._kernel("gradient_and_curvature", inputs, named, weight, where)
        if found is not None:
            return found
        call = self._prepare(inputs, named, weight, where)
        with call.ops.scope():
            arrays = [
                reduction.weighted(call.ops, x, call.weight) for x in self._run_call(call, "gradient", "curvature")
            ]
            gradients = len(arrays) // 2
            return self._deliver(call, arrays[:gradients], None), self._deliver(call, arrays[gradients:], None)

    def link(self, pred: Any) -> Any:
        """The raw score as a prediction on the target's scale: itself, a probability, a rate ..."""
        d = self.definition
        ops = dispatch.words_of(pred, d.lead)
        if d.link is not None:
            return d.link(ops, pred)
        link = d.inputs[d.lead].link
        return pred if link == "identity" else getattr(ops, link)(pred)

    # formulas

    @property
    def formula(self) -> str:
        """LaTeX of the definition that runs."""
        from losskit.ops import formula

        return formula.latex(self.graphs().each, self.definition)

    @property
    def gradient_formula(self) -> str:
        """LaTeX of the gradient, of each input that it is taken in."""
        from losskit.ops import formula

        return ", ".join(formula.latex(gradient, self.definition) for gradient in self.graphs().gradients)

    def __str__(self) -> str:
        try:
            from losskit.ops import formula

            return f"{self!r}\n  {formula.text(self.graphs().each, self.definition)}"
        except (MissingExtra, NotSupported):
            return repr(self)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle \\mathtt{{{self.name}}} = {self.formula}$"

    # for callers that have checked already: the trainers and the boosters

    @property
    def static_key(self) -> tuple[Any, ...]:
        """Losses with equal keys differ in data parameters alone and can run as one, those stacked as arrays."""
        static = tuple((k, v) for k, v in self.params.items() if self.definition.params[k].static or v is None)
        return (self.definition.module, self.name, static)

    def unchecked_each(self, pred: Any, target: Any, params: Mapping[str, Any] | None = None) -> Any:
        """`each` without checks, casts or masks; `params` replaces data parameters, arrays that broadcast to pred."""
        return self._unchecked(("each",), pred, target, params)[0]

    def unchecked_gradient(self, pred: Any, target: Any, params: Mapping[str, Any] | None = None) -> Any:
        return self._unchecked(("gradient",), pred, target, params)[0]

    def unchecked_curvature(self, pred: Any, target: Any, params: Mapping[str, Any] | None = None) -> Any:
        return self._unchecked(("curvature",), pred, target, params)[0]

    def graphs(self, soft: bool = False) -> Any:
        """The graphs of this loss, for printers and kernels."""
        return self._graphs[soft, False]

    def kernel_source(self) -> str:
        """The source of the kernel for the value and gradient of this loss in float32; raises where it has none."""
        return acceleration.source(self)

    def _unchecked(self, outputs: tuple[str, ...], pred: Any, target: Any, params: Mapping[str, Any] | None) -> Any:
        d = self.definition
        ops = dispatch.words_of(pred, d.lead)
        merged = _as_pred(ops, {**self.params, **(params or {})}, pred)
        inputs = dict(zip(d.inputs, (pred, target), strict=True))
        return self._run(ops, inputs, merged, False, outputs)

    # inside

    def _prepare(self, args: tuple[Any, ...], named: Mapping[str, Any], weight: Any, where: Any) -> Call:
        d = self.definition
        inputs = self._bind(args, named)
        layout = check_structure(d, inputs, weight, where)
        ops, soft = layout.ops, layout.soft
        if self._arrays:
            check_arrays(d, self.params, ops.shape(inputs[d.lead]))
        if ops.checks_values:
            check_values(d, inputs, self.params, layout, weight, where)
        given = tuple(inputs[name] for name in d.wrt)
        dtype = ops.dtype(inputs[d.lead])
        working = "float32" if dtype in _HALVES else dtype
        ids = d.class_input if not soft else None
        ignored = self.params["ignore_index"] if ids else None
        if ids and ignored is not None and not ops.seen_without(inputs[ids], ignored):
            kept = inputs[ids] != ignored
            where = kept if where is None else where & kept
        for name, domain in d.inputs.items():
            if name != ids and not domain.labels:
                inputs[name] = ops.cast(inputs[name], working)
        if d.kind == "imagewise":
            where = _flatten_pixels(ops, d, layout, inputs, where)
        divide_by = None
        if where is not None:
            where = self._hide(ops, inputs, where, working)
        params = _as_pred(ops, self.params, inputs[d.lead]) if self._arrays else self.params
        if weight is not None:
            weight = ops.cast(weight, working)
        if where is not None:
            mask = ops.cast(where, working)
            divide_by = ops.at_least_1(ops.total(mask)) if weight is None else None
            weight = mask if weight is None else ops.where(where, weight, 0.0 * mask)
        if ids and d.kind == "rowwise" and params["class_weight"] is not None:
            each_class = ops.of_class(params["class_weight"], inputs[ids], inputs[d.lead])
            divide_by = reduction.divisor(ops, each_class if weight is None else each_class * weight)
        elif weight is not None and divide_by is None:
            divide_by = reduction.divisor(ops, weight)
        return Call(ops, inputs, params, soft, weight, divide_by, given, dtype)

    def _hide(self, ops: Any, inputs: dict[str, Any], where: Any, working: str) -> Any:
        """Make masked entries harmless; returns the mask over whole items, of which one item inside may be left."""
        d = self.definition
        whole = ops.sum(ops.cast(where, working)) > 0.0 if d.over_items else where
        along = d.inputs[d.lead].axes[:1]
        for name, domain in d.inputs.items():
            inner = d.over_items and (domain.classes or domain.axes[:1] == along)
            inputs[name] = ops.hide(where if inner else whole, inputs[name], domain.interior)
        if d.over_items:
            inputs["where"] = where
        return whole

    def _bind(self, args: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        names = list(self.definition.inputs)
        inputs = dict(zip(names, args, strict=False))
        if not named and len(args) == len(names):
            return inputs
        for name in named:
            if name not in names:
                raise UnknownName("argument", name, [*names, "weight", "where", "normalizer"], f" for {self!r}")
        inputs.update(named)
        if len(args) > len(names) or len(inputs) < len(names):
            raise InvalidInput(f"{self!r} takes {', '.join(names)}, got {len(args) + len(named)} array(s)", "give each")
        return {name: inputs[name] for name in names}

    def _kernel(
        self,
        wanted: str,
        inputs: tuple[Any, ...],
        named: Mapping[str, Any],
        weight: Any = None,
        where: Any = None,
        normalizer: Any = None,
        out: Any = None,
    ) -> Any:
        """What a kernel gives, or for a plain call the library's own operation; None where the definition is to run."""
        if named or len(inputs) != len(self.definition.inputs):
            return None
        d, pred = self.definition, inputs[0]
        ops = dispatch.words_of(pred, d.lead)
        if ops.takes_kernels(pred, acceleration.LARGE):
            found = acceleration.serve(acceleration.Request(self, wanted, inputs, weight, where, normalizer, out))
            if found is not None:
                return found
        if wanted not in _NATIVE or weight is not None or where is not None or normalizer is not None:
            return None
        if len(inputs) != 2 or type(pred) is not type(inputs[1]):
            return None
        native = ops.kernel(d.module, d.name, pred)
        return None if native is None else native(self.params, *inputs, _NATIVE[wanted])

    def _evaluate(self, call: Call) -> Any:
        """The definition itself on the caller's arrays, inside the caller's autograd."""
        if call.ops.checks_values:
            with call.ops.scope():
                return self.definition.call(call.ops, call.inputs, call.params, call.soft)
        return self.definition.call(call.ops, call.inputs, call.params, call.soft)

    def _run(
        self, ops: Any, inputs: Mapping[str, Any], params: Mapping[str, Any], soft: bool, outputs: tuple[str, ...]
    ) -> list[Any]:
        """The named graphs on arrays; a constant one takes the shape of pred, or for `each` of its items."""
        d = self.definition
        lead = inputs[d.lead]
        arrays = self._graphs[soft, "where" in inputs].program(*outputs).run(ops, {**inputs, **params}, lead)
        if any(isinstance(array, float) for array in arrays):
            likes = [like for output in outputs for like in self._shaped_as(output, inputs)]
            arrays = [ops.fill(x, y) if isinstance(x, float) else x for x, y in zip(arrays, likes, strict=True)]
        # a derivative that is an input comes as an array of its own
        return [1.0 * x if any(x is y for y in inputs.values()) else x for x in arrays]

    def _shaped_as(self, output: str, inputs: Mapping[str, Any]) -> list[Any]:
        """Arrays of the shapes that an output has."""
        d = self.definition
        if output != "each":
            return [inputs[name] for name in d.wrt]
        items = inputs[d.lead]
        for _ in d.inputs[d.lead].axes:
            items = items[..., 0]
        return [items]

    def _run_call(self, call: Call, *outputs: str) -> list[Any]:
        return self._run(call.ops, call.inputs, call.params, call.soft, outputs)

    def _derivative(
        self, output: str, inputs: tuple[Any, ...], weight: Any, where: Any, named: Mapping[str, Any]
    ) -> Any:
        found = self._kernel(output, inputs, named, weight, where)
        if found is not None:
            return found
        call = self._prepare(inputs, named, weight, where)
        with call.ops.scope():
            derivatives = [reduction.weighted(call.ops, x, call.weight) for x in self._run_call(call, output)]
            return self._deliver(call, derivatives, None)

    def _deliver(self, call: Call, derivatives: list[Any], out: Any) -> Any:
        """Derivatives in the shapes and the dtype of the inputs as they came: one array, or a tuple for several."""
        ops = call.ops
        arrays = [ops.cast(x, call.dtype) for x in derivatives]
        if self.definition.kind == "imagewise":
            arrays = [ops.reshape_like(x, y) for x, y in zip(arrays, call.given, strict=True)]
        if len(arrays) == 1:
            return arrays[0] if out is None else ops.write(arrays[0], out)
        return tuple(arrays) if out is None else tuple(ops.write(x, y) for x, y in zip(arrays, out, strict=True))


def _flatten_pixels(ops: Any, d: Definition, layout: Layout, inputs: dict[str, Any], where: Any) -> Any:
    """All axes of pixels as one, in the inputs and in the mask."""
    first, pixels = len(layout.batch), len(layout.sizes["P"])
    if pixels == 1:
        return where
    for name, domain in d.inputs.items():
        if domain.classes or domain.axes[:1] == ("P",):
            inputs[name] = ops.flatten(inputs[name], first, first + pixels - 1)
    return where if where is None else ops.flatten(where, first, first + pixels - 1)


def _as_pred(ops: Any, params: Mapping[str, Any], pred: Any) -> dict[str, Any]:
    """Array parameters in pred's library, dtype and device; numbers stay numbers."""
    return {k: v if _is_plain(v) else ops.cast_like(v, pred) for k, v in params.items()}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (int, float, str))


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _hashable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.shape, value.tobytes())
    return value if isinstance(value, (int, float, str, bool, type(None))) else id(value)


def _equal(a: Any, b: Any) -> bool:
    return _hashable(a) == _hashable(b) and type(a) is type(b)


def _restore(module: str, name: str, params: dict[str, Any]) -> Loss:
    """A pickled loss: its factory is found by module and name."""
    return getattr(importlib.import_module(module), name)(**params)
