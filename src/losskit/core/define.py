"""`define_loss`: from one function to a factory of losses."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from losskit.core.definition import CLAIMS, CLASS_PARAMS, Definition, kind_of
from losskit.core.domains import Domain
from losskit.core.loss import Loss
from losskit.core.params import Param
from losskit.errors import InvalidInput, InvalidType, UnknownName


class LossFactory:
    """What `@define_loss` leaves under the function's name: call it with parameters to make a loss."""

    def __init__(self, definition: Definition):
        self.definition = definition
        self.__name__ = self.__qualname__ = definition.name
        self.__module__ = definition.module
        self.__doc__ = _document(definition)
        self.__signature__ = inspect.Signature(
            [
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=inspect.Parameter.empty if param.required else param.default,
                )
                for name, param in definition.params.items()
            ]
        )

    def __call__(self, *arrays: Any, **params: Any) -> Loss:
        d = self.definition
        if arrays:
            names = ", ".join(d.inputs)
            raise InvalidType(
                f"lk.{d.name} makes a loss from parameters by name; it got {len(arrays)} positional argument(s)",
                f"write lk.{d.name}()({names}), or give a framework lk.to_torch(lk.{d.name}()), lk.to_keras(...)",
            )
        for name in params:
            if name in d.inputs:
                raise InvalidType(f"{name} is an input of the loss", f"write lk.{d.name}()({', '.join(d.inputs)})")
            if name not in d.params:
                raise UnknownName("parameter", name, list(d.params) or ["none"], f" of {d.name}")
        values = {name: params.get(name, param.default) for name, param in d.params.items()}
        return Loss(d, {name: d.params[name].check(d.name, name, value) for name, value in values.items()})

    def example(self) -> Loss:
        """The loss at its defaults, required parameters at their declared examples."""
        return self(**{name: param.example for name, param in self.definition.params.items() if param.required})

    def probe(self) -> None:
        """Look at the loss on a few numbers, where its required parameters have examples; raises InvalidInput."""
        if all(param.example is not None for param in self.definition.params.values() if param.required):
            from losskit.core.probe import probe

            probe(self.example())

    def __repr__(self) -> str:
        return f"<losskit factory {self.__name__}{self.__signature__}>"

    def __reduce__(self) -> str:
        return self.__name__


def define_loss(
    *,
    claims: Mapping[str, Any] | None = None,
    source: str = "",
    aka: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    pitfall: str = "",
    curvature: Callable[..., Any] | float | None = None,
    hessian: Callable[..., Any] | None = None,
    link: Callable[..., Any] | None = None,
    wrt: tuple[str, ...] = (),
    **declared: Domain | Param,
) -> Callable[[Callable[..., Any]], LossFactory]:
    """Declare a loss: inputs by domain (`pred=lk.Real`), parameters by range (`delta=lk.Positive(1.0)`).

    The decorated function takes `(ops, *inputs, *, parameters)`, is written in the vocabulary of `ops` and Python's
    operators, and returns one loss for each item. `claims` are verified by `losskit.testing`; `source` names the
    paper; `aka` the peers' names; `curvature` a positive curvature for boosters (a number or a function like the
    definition); `hessian` the exact diagonal for a loss over classes; `link` turns a raw score into a prediction.
    `wrt` names the inputs that derivatives are taken in: the first, if nothing is said.

    Raises InvalidInput for a definition that cannot be right: not one loss for each item, NaN inside the declared
    domains, a loss that is least where the prediction is worst.
    """
    inputs = {k: v for k, v in declared.items() if isinstance(v, Domain)}
    params = {k: v for k, v in declared.items() if isinstance(v, Param)}
    for name, value in declared.items():
        if name not in inputs and name not in params:
            raise InvalidType(
                f"define_loss({name}={value!r}): expected a domain or a parameter",
                "for example lk.Real, lk.Positive(1.0)",
            )
    for claim in claims or {}:
        if claim not in CLAIMS:
            raise UnknownName("claim", claim, CLAIMS)
    if not inputs:
        raise InvalidInput("define_loss needs at least one input", "declare pred=lk.Real, target=lk.Real")
    for name in wrt:
        if name not in inputs:
            raise UnknownName("input", name, list(inputs), " to differentiate in")

    def decorate(function: Callable[..., Any]) -> LossFactory:
        extra = CLASS_PARAMS if any(domain.classes for domain in inputs.values()) else {}
        if kind_of(next(iter(inputs.values()))) not in ("rowwise", "imagewise"):  # no divisor that they would enter
            extra = {name: param for name, param in extra.items() if name != "class_weight"}
        definition = Definition(
            name=function.__name__,
            function=function,
            inputs=MappingProxyType(inputs),
            params=MappingProxyType({**params, **extra}),
            claims=MappingProxyType(dict(claims or {})),
            source=source,
            aka=aka,
            aliases=aliases,
            pitfall=pitfall,
            module=function.__module__,
            curvature=curvature,
            hessian=hessian,
            link=link,
            wrt=wrt,
        )
        _check_signature(definition)
        factory = LossFactory(definition)
        if not definition.module.startswith("losskit."):  # the catalogue is proven by its tests, at no cost on import
            factory.probe()
        return factory

    return decorate


def _check_signature(d: Definition) -> None:
    given = [p.name for p in inspect.signature(d.function).parameters.values()][1:]
    wanted = [*d.inputs, *(("where",) if d.over_items else ()), *d.own(d.params)]
    if given != wanted:
        raise InvalidInput(
            f"{d.name} is declared with ({', '.join(wanted)}) but its function takes ({', '.join(given)})",
            f"write def {d.name}(ops, {', '.join(wanted)}) with these names in order, parameters after a *",
        )


def _document(d: Definition) -> str:
    lines = [inspect.getdoc(d.function) or "", ""]
    lines += [f"{name}: {domain.description}" for name, domain in d.inputs.items()]
    for name, param in d.params.items():
        shown = "required" if param.required else f"default {param.default!r}"
        lines.append(f"{name} ({param.range}, {shown}) {param.doc}".rstrip())
    if d.claims.get("estimates") and isinstance(d.claims["estimates"], str):
        lines.append(f"Estimates: {d.claims['estimates']}.")
    if d.pitfall:
        lines.append(f"Pitfall: {d.pitfall}.")
    if d.aka:
        lines.append(f"Known elsewhere as {', '.join(d.aka)}.")
    if d.source:
        lines.append(f"Source: {d.source}.")
    return "\n".join(lines)
