"""The code to paste for a loss, framework by framework: complete, given a table X and a target y as NumPy arrays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.adapters.refusals import check_served, is_rowwise
from losskit.errors import LosskitError

FRAMEWORKS = ("torch", "keras", "lightgbm", "xgboost", "jax")


def snippets(loss: Any) -> dict[str, str]:
    """Framework -> code that trains a small model with `loss` and ends with `prediction` on the target's scale.

    The keys are torch, keras, lightgbm, xgboost and jax. X is (n, d) and standardised, y is (n,): numbers, 0/1, or
    class ids from 0. For a loss that a framework cannot serve the code is one comment that says why.
    """
    try:
        check_served(loss, "a framework's training loop")
    except LosskitError as error:
        return dict.fromkeys(FRAMEWORKS, f"# {error.message}")
    boosters = {"lightgbm": _lightgbm, "xgboost": _xgboost}
    if _is_bounded(loss):
        boosters = dict.fromkeys(boosters, _refusal)
    writers = {"torch": _torch, "keras": _keras, **boosters, "jax": _jax}
    return {framework: _with_imports(loss, write(loss)) for framework, write in writers.items()}


def _is_bounded(loss: Any) -> bool:
    """True where some real number is no prediction, as -1 for msle: trees do not keep to such a domain."""
    domains = [part.definition.inputs[part.definition.lead] for _, part in loss._terms()]
    return any(domain.low > -np.inf or domain.high < np.inf for domain in domains)


def _refusal(loss: Any) -> str:
    return f"# {loss.name} bounds its prediction and a booster does not: take the loss of a raw score (losskit list)\n"


def _with_imports(loss: Any, code: str) -> str:
    """Losses of the user's own come from the user's module, not from losskit."""
    for _, part in loss._terms():
        module = part.definition.module
        if not module.startswith("losskit."):
            code = code.replace(f"lk.{part.name}(", f"{part.name}(")
            if module != "__main__":
                code = code.replace(
                    "import losskit as lk\n", f"import losskit as lk\nfrom {module} import {part.name}\n"
                )
    return code


def _link(loss: Any) -> str:
    d = loss._terms()[0][1].definition
    return "own" if d.link is not None else d.inputs[d.lead].link


def _is_regression(loss: Any) -> bool:
    return loss._terms()[0][1].definition.task == "regression"


def _prediction(loss: Any, raw: str) -> str:
    """The raw score as what is asked for: a class id, a probability, or a number on the target's scale."""
    if is_rowwise(loss):
        return f"{raw}.argmax(axis=1)  # the class; loss.link(raw) gives probabilities"
    if _is_regression(loss) and _link(loss) == "identity":
        return raw
    if _link(loss) == "identity":
        return f"({raw} > 0).astype(int)  # the class: this loss gives no probabilities"
    if not hasattr(loss, "link"):
        return f"lk.{loss.parts[0][1]!r}".replace("lk.lk.", "lk.") + f".link({raw})"
    return f"loss.link({raw})"


def _net_frame(loss: Any) -> tuple[str, bool]:
    """(the line that gives center and scale of the raw score, whether there is one): nets learn scores near 0 best."""
    if is_rowwise(loss) or not _is_regression(loss):
        return "", False
    if _link(loss) == "exp":
        return (
            "center, scale = float(np.log(y.mean())), 1.0  # of the raw score: the network starts from the mean\n",
            True,
        )
    if _link(loss) == "expm1":
        return "center, scale = float(np.log1p(y).mean()), 1.0  # of the raw score\n", True
    return "center, scale = float(np.median(y)), float(y.std())  # the network learns (y - center) / scale\n", True


def _torch(loss: Any) -> str:
    frame, framed = _net_frame(loss)
    rowwise = is_rowwise(loss)
    outputs = "int(y.max()) + 1" if rowwise else "1"
    score = "network(inputs)" if rowwise else "network(inputs)[:, 0]"
    return f"""\
import numpy as np
import torch

import losskit as lk

{frame}loss = {loss!r}
criterion = lk.to_torch(loss)
inputs = torch.tensor(X, dtype=torch.float32)
target = torch.tensor(y, dtype=torch.{"int64" if rowwise else "float32"})
network = torch.nn.Sequential(
    torch.nn.Linear(X.shape[1], 32), torch.nn.ReLU(), torch.nn.Linear(32, {outputs})
)
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
for _ in range(200):
    optimizer.zero_grad()
    value = criterion({"center + scale * " if framed else ""}{score}, target)
    value.backward()
    optimizer.step()
with torch.no_grad():
    raw = ({"center + scale * " if framed else ""}{score}).numpy()
prediction = {_prediction(loss, "raw")}
"""


def _keras(loss: Any) -> str:
    frame, framed = _net_frame(loss)
    rowwise = is_rowwise(loss)
    layers = ['keras.layers.Dense(32, activation="relu")']
    layers += [f"keras.layers.Dense({'int(y.max()) + 1' if rowwise else '1'})"]
    layers += ["keras.layers.Rescaling(scale, offset=center)"] if framed else []
    body = "".join(f"    {layer},\n" for layer in layers)
    return f"""\
import keras
import numpy as np

import losskit as lk

{frame}loss = {loss!r}
model = keras.Sequential([
    keras.Input((X.shape[1],)),
{body}])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss=lk.to_keras(loss))
model.fit(X, y, epochs=50, verbose=0)
raw = model.predict(X, verbose=0){"" if rowwise else "[:, 0]"}
prediction = {_prediction(loss, "raw")}
"""


def _jax(loss: Any) -> str:
    frame, framed = _net_frame(loss)
    rowwise = is_rowwise(loss)
    shape = "(X.shape[1], int(y.max()) + 1)" if rowwise else "X.shape[1]"
    bias = "jnp.zeros(int(y.max()) + 1)" if rowwise else "0.0"
    return f"""\
import jax
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers

import losskit as lk

{frame}loss = {loss!r}
inputs, target = jnp.asarray(X, jnp.float32), jnp.asarray(y, jnp.{"int32" if rowwise else "float32"})

def score(params):
    return {"center + scale * (inputs @ params[0] + params[1])" if framed else "inputs @ params[0] + params[1]"}

@jax.jit
def step(i, state):
    return update(i, jax.grad(lambda params: loss(score(params), target))(get_params(state)), state)

start, update, get_params = optimizers.adam(0.03)
state = start((jnp.zeros({shape}), {bias}))
for i in range(500):
    state = step(i, state)
raw = np.asarray(score(get_params(state)))
prediction = {_prediction(loss, "raw")}
"""


@dataclass(frozen=True)
class _Boosting:
    """How a booster should see the target: it starts from `start` and takes steps of about 1."""

    prepare: str
    loss: str
    target: str
    start: str
    prediction: str


def _boosting(loss: Any) -> _Boosting:
    shown = repr(loss)
    if not _is_regression(loss):
        return _Boosting("", shown, "y", "", _prediction(loss, "raw"))
    claims = [part.claims for _, part in loss._terms()]
    residual = all(c.get("residual") for c in claims)
    equivariant = all(c.get("scale_equivariant") for c in claims)
    if _link(loss) == "exp" and len(claims) == 1:
        return _Boosting("scale = y.mean()\n", shown, "y / scale", "", f"scale * {_prediction(loss, 'raw')}")
    if _link(loss) == "expm1":
        return _Boosting("start = float(np.log1p(y).mean())\n", shown, "y", "start", _prediction(loss, "raw"))
    if residual and equivariant and len(claims) == 1:
        prepare = "center, scale = np.median(y), y.std()\n"
        return _Boosting(prepare, _in_units(loss), "(y - center) / scale", "", "center + scale * raw")
    if equivariant and len(claims) == 1:
        return _Boosting("scale = np.median(np.abs(y))\n", _in_units(loss), "y / scale", "1.0", "scale * raw")
    if residual:
        return _Boosting("center = np.median(y)\n", shown, "y - center", "", "center + raw")
    return _Boosting("start = float(np.median(y))\n", shown, "y", "start", _prediction(loss, "raw"))


def _in_units(loss: Any) -> str:
    """The loss as code, its parameters in the target's units divided by `scale`."""
    d = loss.definition
    spec = loss.to_dict()
    shown = []
    for name, param in d.params.items():
        if param.scales_with == "target" and param.search:
            value = loss.params[name]
            code = f"np.array({value.tolist()!r})" if isinstance(value, np.ndarray) else repr(value)
            shown.append(f"{name}={code} / scale")
        elif name in spec:
            shown.append(f"{name}={spec[name]!r}")
    return re.sub(r"\(.*\)$", "", repr(loss), flags=re.DOTALL) + f"({', '.join(shown)})"


def _lightgbm(loss: Any) -> str:
    b = _boosting(loss)
    initial = f", init_score=np.full(len(y), {b.start})" if b.start else ""
    options = ', "num_class": int(y.max()) + 1' if is_rowwise(loss) else ""
    return f"""\
import lightgbm
import numpy as np

import losskit as lk

{b.prepare}loss = {b.loss}
data = lightgbm.Dataset(X, label={b.target}{initial})
params = {{"objective": lk.to_lightgbm(loss), "learning_rate": 0.1{options}, "verbose": -1}}
booster = lightgbm.train(params, data, num_boost_round=200)
raw = {b.start + " + " if b.start else ""}booster.predict(X)
prediction = {b.prediction}
"""


def _xgboost(loss: Any) -> str:
    b = _boosting(loss)
    options = ', "num_class": int(y.max()) + 1' if is_rowwise(loss) else ""
    return f"""\
import numpy as np
import xgboost

import losskit as lk

{b.prepare}loss = {b.loss}
data = xgboost.DMatrix(X, label={b.target})
params = {{"learning_rate": 0.1, "base_score": {b.start or "0.0"}{options}}}
booster = xgboost.train(params, data, num_boost_round=200, obj=lk.to_xgboost(loss))
raw = booster.predict(data, output_margin=True)
prediction = {b.prediction}
"""
