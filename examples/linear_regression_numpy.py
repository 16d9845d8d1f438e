"""
Linear regression by gradient descent
=====================================

Training is four steps, repeated: predict, measure the loss, take its gradient, step against it. Here they are written
out in NumPy, and then once more with losskit, which brings the loss, its exact gradient and the loop.
"""

# %%
# The data: two features, and a target that depends on them linearly, plus noise of standard deviation 0.5.
import matplotlib.pyplot as plt
import numpy as np

import losskit as lk
from losskit.training import schedules
from losskit.training.descent import Diverged, gradient_descent, sgd

rng = np.random.default_rng(0)
features = np.column_stack([np.ones(200), rng.normal(size=(200, 2))])  # the column of ones carries the intercept
targets = features @ [1.0, 2.0, -3.0] + 0.5 * rng.normal(size=200)


# %%
# **By hand.** The mean squared error is :math:`\frac1n\sum(\hat y-y)^2`, so its gradient is
# :math:`\frac2n X^\top(\hat y-y)`. Features, targets, learning rate and iterations go in; the parameters and the loss
# history come out.
def by_hand(features, targets, learning_rate, iterations):
    parameters, history = np.zeros(features.shape[1]), []
    for _ in range(iterations):
        residuals = features @ parameters - targets
        history.append(np.mean(residuals**2))
        parameters = parameters - learning_rate * 2 / len(targets) * features.T @ residuals
    return parameters, history


parameters, history = by_hand(features, targets, learning_rate=0.1, iterations=100)
print("by hand:      ", parameters.round(4), "loss", round(history[-1], 4))

# %%
# **With losskit.** ``value_and_gradient`` gives the loss and its gradient with respect to the predictions, and the
# chain rule takes it to the parameters. Any other loss, ``lk.huber()`` for one, goes in its place.
loss = lk.squared_error()


def objective(parameters, features=features, targets=targets):
    value, slope = loss.value_and_gradient(features @ parameters, targets)
    return value, features.T @ slope


found = gradient_descent(objective, np.zeros(3), learning_rate=0.1, iterations=100, tolerance=0.0)
exact = np.linalg.lstsq(features, targets, rcond=None)[0]
print("with losskit: ", found.parameters.round(4), "loss", round(found.history[-1], 4))
print("least squares:", exact.round(4))
print("same history: ", np.allclose(history, found.history, rtol=1e-9))

# %%
# **The learning rate.** Too small crawls. Too large overshoots the valley, further each time, until the loss runs
# away: ``gradient_descent`` notices, and raises ``Diverged`` instead of returning nonsense.
rates = {"0.003: too small": 0.003, "0.1: right": 0.1, "1.1: too large": 1.1}
histories = {name: by_hand(features, targets, rate, iterations=40)[1] for name, rate in rates.items()}
try:
    gradient_descent(objective, np.zeros(3), learning_rate=1.1)
except Diverged as error:
    print(f"\nDiverged: {error}\n")

# %%
# **Decay.** The gradient of a mini-batch is noisy, and at a constant rate the parameters keep jumping about the
# minimum. A rate that shrinks starts as fast and then settles.
decays = {
    "constant: 0.1": 0.1,
    "exponential: 0.1 · 0.99ᵏ": schedules.exponential(0.1, decay=0.99),
    "steps: a tenth every 150": schedules.step(0.1, every=150, factor=0.1),
}


def excess(rate):
    """The loss over all rows, above the least possible one, before each step of SGD on batches of 10 rows."""
    path = []

    def recorded(parameters, *batch):
        path.append(loss(features @ parameters, targets) - loss(features @ exact, targets))
        return objective(parameters, *batch)

    sgd(recorded, np.zeros(3), (features, targets), learning_rate=rate, batch_size=10, epochs=20)
    return path


excesses = {name: excess(rate) for name, rate in decays.items()}
for name, path in excesses.items():
    print(f"{name:26} mean excess loss over the last 100 steps: {np.mean(path[-100:]):.1e}")

# %%
plt.style.use("petroff10")
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for (name, values), dashes in zip(histories.items(), ("--", "-", "-."), strict=True):
    left.semilogy(values, dashes, label=name)
left.set(title="The learning rate: crawl, arrive, run away", xlabel="iteration", ylabel="mean squared error")
left.legend(title="learning rate")
for (name, values), dashes in zip(excesses.items(), ("-", "--", ":"), strict=True):
    right.semilogy(values, dashes, label=name, linewidth=1.2)
right.set(title="Decay settles what mini-batches stir up", xlabel="step", ylabel="mean squared error above the least")
right.legend(title="learning rate at step k", loc="upper right")
plt.show()
