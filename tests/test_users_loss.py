"""A loss that a user wrote in ten lines trains in every framework, and ends where the same sum of squares ends."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import lightgbm
import lightning
import numpy as np
import optax
import pytest
import tensorflow as tf
import torch
import transformers
import xgboost

import losskit as lk
from losskit.errors import InvalidInput
from losskit.training.descent import gradient_descent
from losskit.training.linear_model import linear_objective, linear_start
from users_loss import shortage

pytestmark = [
    pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:`isinstance\\(treespec, LeafSpec\\)` is deprecated"),
]

RATE, STEPS = 0.25, 60  # the curvature lies between 2 and 6: each step at least halves the distance


@functools.cache
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = X @ [2.0, -1.0, 0.5] + 0.7 + rng.gamma(2.0, 0.5, 400)
    return X.astype(np.float32), y.astype(np.float32)


@functools.cache
def truth():
    """Weights and intercept by least squares whose weights follow the sign of the residual, without losskit."""
    X, y = table()
    A = np.column_stack([X, np.ones(len(X))]).astype(float)
    beta = np.zeros(4)
    for _ in range(100):
        w = np.where(A @ beta < y, 3.0, 1.0)
        beta = np.linalg.solve(A.T @ (w[:, None] * A), A.T @ (w * y))
    return beta


def train_numpy():
    X, y = (a.astype(float) for a in table())
    objective = linear_objective(shortage(), X, y)
    fit = gradient_descent(objective, linear_start(X), learning_rate=RATE, iterations=STEPS)
    return [*fit.parameters["weights"], fit.parameters["intercept"]]


def train_torch(compile=False):
    X, y = map(torch.tensor, table())
    torch.manual_seed(0)
    model, criterion = torch.nn.Linear(3, 1), lk.to_torch(shortage())
    optimizer = torch.optim.SGD(model.parameters(), RATE)

    def value():
        return criterion(model(X)[:, 0], y)

    value = torch.compile(value, fullgraph=True, backend="aot_eager") if compile else value
    for _ in range(STEPS):
        optimizer.zero_grad()
        value().backward()
        optimizer.step()
    return [*model.weight[0].tolist(), model.bias.item()]


def train_torch_compiled():
    return train_torch(compile=True)


def train_tensorflow():
    X, y = map(tf.constant, table())
    w, b, loss = tf.Variable(tf.zeros(3)), tf.Variable(0.0), shortage()

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss(tf.linalg.matvec(X, w) + b, y)
        for variable, slope in zip((w, b), tape.gradient(value, (w, b)), strict=True):
            variable.assign_sub(RATE * slope)

    for _ in range(STEPS):
        step()
    return [*w.numpy(), b.numpy()]


def train_jax():
    X, y = map(jnp.asarray, table())
    loss, optimizer = shortage(), optax.sgd(RATE)

    @jax.jit
    def step(params, state):
        slope = jax.grad(lambda p: loss(X @ p[:3] + p[3], y))(params)
        updates, state = optimizer.update(slope, state)
        return optax.apply_updates(params, updates), state

    params = jnp.zeros(4)
    state = optimizer.init(params)
    for _ in range(STEPS):
        params, state = step(params, state)
    return np.asarray(params)


def train_sklearn():
    X, y = table()
    model = lk.LossRegressor(loss=shortage()).fit(X, y)
    return [*model.coef_, model.intercept_]


LINEAR = [train_numpy, train_torch, train_torch_compiled, train_tensorflow, train_jax, train_sklearn]


@pytest.mark.parametrize("train", LINEAR, ids=lambda f: f.__name__.removeprefix("train_"))
def test_a_linear_model(train):
    np.testing.assert_allclose(train(), truth(), atol=2e-5)


def test_lightning(tmp_path):
    X, y = map(torch.tensor, table())
    network = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0))
    module = lk.LossModule(network, shortage(), optimizer="SGD", lr=RATE)
    whole = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, y), len(X))
    quiet = dict(enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False, logger=False)
    lightning.Trainer(max_epochs=STEPS, accelerator="cpu", default_root_dir=tmp_path, **quiet).fit(module, whole, whole)
    np.testing.assert_allclose([*network[0].weight[0].tolist(), network[0].bias.item()], truth(), atol=2e-5)


class Scores(torch.nn.Module):
    """A model as the Trainer expects it."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 1)

    def forward(self, inputs, labels=None):
        return {"logits": self.linear(inputs)}


def test_huggingface(tmp_path):
    X, y = table()
    arguments = transformers.TrainingArguments(
        str(tmp_path), per_device_train_batch_size=100, gradient_accumulation_steps=4, max_steps=STEPS,
        learning_rate=RATE, lr_scheduler_type="constant", optim="sgd", max_grad_norm=0.0, use_cpu=True, report_to=[],
        save_strategy="no", disable_tqdm=True, dataloader_pin_memory=False,
    )  # fmt: skip
    rows = [{"inputs": x, "labels": target} for x, target in zip(X, y, strict=True)]
    model = Scores()
    transformers.Trainer(model, arguments, train_dataset=rows, compute_loss_func=lk.to_huggingface(shortage())).train()
    np.testing.assert_allclose([*model.linear.weight[0].tolist(), model.linear.bias.item()], truth(), atol=2e-5)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_keras(backend, tmp_path):
    X, y = table()
    np.savez(tmp_path / "table.npz", X=X, y=y)
    script = Path(__file__).with_name("keras_users_loss.py")
    command = [sys.executable, script, tmp_path / "table.npz", str(RATE), str(STEPS)]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    np.testing.assert_allclose(json.loads(run.stdout.splitlines()[-1]), truth(), atol=2e-5)


def boosted_lightgbm(X, y):
    data = lightgbm.Dataset(X, y)
    params = {"objective": lk.to_lightgbm(shortage()), "verbose": -1, "num_threads": 1, "learning_rate": 0.2}
    return lightgbm.train(params, data, 60).predict(X)


def boosted_xgboost(X, y):
    data = xgboost.DMatrix(X, y)
    return xgboost.train({"nthread": 1, "eta": 0.2}, data, 60, obj=lk.to_xgboost(shortage())).predict(data)


@pytest.mark.parametrize("boosted", [boosted_lightgbm, boosted_xgboost])
def test_boosters(boosted):
    X, y = table()
    linear = np.column_stack([X, np.ones(len(X))]) @ truth()
    prediction = boosted(X, y)
    assert shortage()(prediction.astype(float), y.astype(float)) < shortage()(linear, y.astype(float))
    assert np.mean(prediction > y) > 0.55  # it would rather have too much


WRONG = {
    "sign": (lambda ops, pred, target: -ops.abs(pred - target), "turn its sign"),
    "domain": (lambda ops, pred, target: ops.sqrt(pred - target), "NaN at pred="),
    "shape": (lambda ops, pred, target: ops.sum(ops.abs(pred - target)), "one loss for each item"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_loss_is_refused_where_it_is_written(mistake):
    """So it reaches no framework at all."""
    function, said = WRONG[mistake]
    function.__name__ = "mistaken"
    with pytest.raises(InvalidInput, match=rf"mistaken(.|\n)*{said}"):
        lk.define_loss(pred=lk.Real, target=lk.Real)(function)


def wrong_shapes():
    column, row = np.zeros((5, 1), np.float32), np.zeros(5, np.float32)
    yield "numpy", lambda: shortage()(column, row)
    yield "torch", lambda: lk.to_torch(shortage())(torch.tensor(column), torch.tensor(row))
    yield (
        "torch.compile",
        lambda: torch.compile(lk.to_torch(shortage()), backend="eager")(torch.tensor(column), torch.tensor(row)),
    )
    yield "tensorflow", lambda: tf.function(shortage())(tf.constant(column), tf.constant(row))
    yield "jax", lambda: jax.jit(shortage())(jnp.asarray(column), jnp.asarray(row))


@pytest.mark.parametrize(("library", "call"), list(wrong_shapes()), ids=lambda v: v if isinstance(v, str) else "")
def test_wrong_shapes_are_refused_in_every_library(library, call):
    with pytest.raises(Exception, match=r"shape \(5, 1\)(.|\n)*got \(5,\)(.|\n)*never broadcasts"):
        call()
