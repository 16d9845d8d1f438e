"""
SGDRegressor beside LossRegressor, and a column that broadcasts
===============================================================

A hundred points of y = 2x + 1 with noise of standard deviation 0.1, fitted by scikit-learn's ``SGDRegressor`` and by
losskit's ``LossRegressor``. Then the commonest mistake in measuring such a fit: a target of shape (100, 1) against
predictions of shape (100,). NumPy makes a 100 x 100 table of differences of it, and the number is wrong.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import SGDRegressor

import losskit as lk

rng = np.random.default_rng(0)
X = rng.uniform(size=(100, 1))
y = 2 * X[:, 0] + 1 + 0.1 * rng.normal(size=100)

# %%
# ``SGDRegressor`` walks towards the least squares line and stops once five epochs in a row gain less than ``tol``. Its
# default of 0.001 is a fifth of the loss that is left at the end (half of 0.1²), so here it stops far too soon.
# ``LossRegressor`` goes to the exact minimum of whichever loss it is given.
ours = lk.LossRegressor(loss=lk.squared_error()).fit(X, y)
lines = {
    "SGDRegressor": SGDRegressor(penalty=None, random_state=0).fit(X, y),
    "SGDRegressor, tol=1e-6": SGDRegressor(penalty=None, tol=1e-6, max_iter=10_000, random_state=0).fit(X, y),
    "LossRegressor, squared_error": ours,
}

# %%
# Spoil five targets, as a broken sensor would. Squared error follows them; Huber's loss hardly moves. ``delta`` is in
# the target's units: residuals beyond it count linearly.
spoiled = y.copy()
spoiled[np.argsort(X[:, 0])[-5:]] -= 3.0
lines["LossRegressor, squared_error, spoiled"] = lk.LossRegressor(loss=lk.squared_error()).fit(X, spoiled)
lines["LossRegressor, huber, spoiled"] = lk.LossRegressor(loss=lk.huber(delta=0.1)).fit(X, spoiled)
for name, line in lines.items():
    print(f"{name:38} slope {line.coef_[0]:6.3f}  intercept {np.ravel(line.intercept_)[0]:6.3f}")

# %%
# The mistake. ``column`` holds the same hundred targets in the shape (100, 1). The difference with (100,) has 10,000
# entries: every prediction is compared with every target. The mean is a number like any other.
column = y[:, None]
pred = ours.predict(X)
wrong = column - pred
print(f"\nshape of the difference: {wrong.shape}")
print(f"mean squared error, as broadcast: {np.mean(wrong**2):.4f}")
print(f"mean squared error, right:        {np.mean((y - pred) ** 2):.4f}")

# %%
# losskit compares shapes exactly and refuses, whatever the array library.
try:
    lk.squared_error()(pred, column)
except lk.LosskitError as error:
    print(f"\n{type(error).__name__}: {error}")

# %%
plt.style.use("petroff10")
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
ends = np.array([[0.0], [1.0]])
left.plot(X[:, 0], spoiled, ".", color="0.7", label="rows, five of them spoiled")
for (name, line), style in zip(lines.items(), ("C0-", "C0:", "C1--", "C2-.", "C4-"), strict=True):
    left.plot(ends, line.predict(ends), style, label=name)
left.set(title="Five bad rows bend the mean, not Huber's line", xlabel="x", ylabel="y")
left.legend(fontsize=8)
image = right.imshow(wrong, cmap="cividis")
right.set(title=f"(100, 1) minus (100,): {wrong.size:,} numbers", xlabel="row of prediction", ylabel="row of target")
figure.colorbar(image, label="target - prediction")
plt.show()
