"""The code to paste for a loss, framework by framework: complete, given a table X and a target y as NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.adapters.refusals import check_kind, check_served, is_rowwise
from losskit.errors import LosskitError

FRAMEWORKS = ("torch", "keras", "lightgbm", "xgboost", "jax")


def snippets(loss: Any) -> dict[str, str]:
    """Framework -> code that trains a small model with `loss` and ends with `prediction` on the target's scale.

    The keys are torch, keras, lightgbm, xgboost and jax. X is (n, d) and standardised, y is (n,): numbers, 0/1, or
    class ids from 0; for a loss over lists `group` (lists,) holds their lengths. For a loss that a framework cannot
    serve the code is one comment that says why.
    """
    try:
        check_served(loss, "a framework's training loop")
        check_kind(loss, "a table", ("pointwise", "rowwise", "listwise"), "a table has one target for each row")
    except LosskitError as error:
        return dict.fromkeys(FRAMEWORKS, f"# {error.message}")
    boosters = {"lightgbm": _lightgbm, "xgboost": _xgboost}
    if _is_bounded(loss):
        boosters = dict.fromkeys(boosters, _refusal)
    writers = {"torch": _torch, "keras": _keras, **boosters, "jax": _jax}
    if _estimator(loss)[0] == "Ranker":
        writers = {**dict.fromkeys(writers, _call_on_lists), **boosters}
    return {framework: _with_imports(loss, write(loss)) for framework, write in writers.items()}


def _is_bounded(loss: Any) -> bool:
    """True where some real number is no prediction, as -1 for msle: trees do not keep to such a domain."""
    domains = [part.definition.inputs[part.definition.lead] for _, part in loss._terms()]
    return any(domain.low > -np.inf or domain.high < np.inf for domain in domains)


def _refusal(loss: Any) -> str:
    return f"# {loss.name} bounds its prediction and a booster does not: take the loss of a raw score (losskit list)\n"


def _call_on_lists(loss: Any) -> str:
    return (
        f"# {loss.name} is over lists: loss(scores, relevances, where=real), each (lists, items), in a loop of yours\n"
    )


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


def _estimator(loss: Any) -> tuple[str, str, str]:
    """(Regressor, Classifier or Ranker; what LightGBM's fit takes beside X and y; the method that predicts)."""
    task = loss._terms()[0][1].definition.task
    if task == "ranking":
        return "Ranker", ", group=group", "predict(X)  # scores to sort each list by"
    if task == "regression":
        return "Regressor", "", "predict(X)"
    if task == "multiclass":
        return "Classifier", "", "predict(X)  # the class; predict_proba gives probabilities"
    if _link(loss) == "identity":
        return "Classifier", "", "predict(X)  # the class: this loss gives no probabilities"
    return "Classifier", "", "predict_proba(X)[:, 1]"


def _lightgbm(loss: Any) -> str:
    estimator, group, predict = _estimator(loss)
    return f"""\
import losskit as lk

loss = {loss!r}
model = lk.LossLGBM{estimator}(objective=loss, learning_rate=0.1, n_estimators=200, verbose=-1)
model.fit(X, y{group})
prediction = model.{predict}
"""


def _xgboost(loss: Any) -> str:
    estimator, group, predict = _estimator(loss)
    return f"""\
{"import numpy as np" + 2 * chr(10) if group else ""}import losskit as lk

loss = {loss!r}
model = lk.LossXGB{estimator}(objective=loss, learning_rate=0.1, n_estimators=200)
model.fit(X, y{", qid=np.repeat(np.arange(len(group)), group)" if group else ""})
prediction = model.{predict}
"""
