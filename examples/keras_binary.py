"""
A Keras network that should learn nothing, and one that should
==============================================================

A network of 10 inputs, 10 hidden units and one output, with binary cross-entropy and Adam, on 1,000 rows of uniform
noise and coin-flip labels. There is nothing to learn there, so an honest loss on fresh rows cannot fall below log 2.
Then the same recipe on data where there is something to learn.
"""

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import losskit as lk

# %%
# The network ends in a **raw score**: no sigmoid. ``binary_cross_entropy`` takes the score, which keeps it exact for
# sure predictions, and ``loss.link`` makes a probability of it afterwards.
loss = lk.binary_cross_entropy()


def fit(X, y, epochs):
    """A 10-unit network on 70 % of the rows: its history, and the raw scores and labels of the other rows."""
    keras.utils.set_random_seed(0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
    model = keras.Sequential(
        [keras.Input((X.shape[1],)), keras.layers.Dense(10, activation="relu"), keras.layers.Dense(1)]
    )
    model.compile(optimizer="adam", loss=lk.to_keras(loss))
    history = model.fit(
        X_train, y_train, validation_data=(X_test, y_test), epochs=epochs, batch_size=32, verbose=0
    ).history
    return history, model.predict(X_test, verbose=0)[:, 0], y_test


# %%
# **Coin flips.** The reference is the best constant: the score log(p / (1 - p)) of the labels' share p, whose loss is
# log 2 for a fair coin. No network can do better than that on rows that it has not seen, but for luck.
rng = np.random.default_rng(0)
coins = fit(rng.uniform(size=(1000, 10)), rng.integers(2, size=1000).astype(float), epochs=10)

# %%
# **Something to learn**: 569 tumours by 30 measurements, benign or malignant. The network has 30 inputs; all else is
# the same, but for more epochs, as there are fewer rows.
X, y = load_breast_cancer(return_X_y=True)
tumours = fit(X, y.astype(float), epochs=30)


# %%
def best_constant(y):
    """The loss of the best constant score, which knows the share of each class and nothing else."""
    score = np.full(len(y), np.log(y.mean() / (1 - y.mean())))
    return loss(score, y)


for name, (history, score, y) in {"coin flips": coins, "tumours": tumours}.items():
    right, larger_class = np.mean((loss.link(score) > 0.5) == y), max(y.mean(), 1 - y.mean())
    print(f"{name}, fresh rows:")
    print(f"  loss {history['val_loss'][-1]:.4f}, best constant {best_constant(y):.4f}, log 2 {np.log(2):.4f}")
    print(f"  accuracy {right:.1%}, always the larger class {larger_class:.1%}")

# %%
plt.style.use("petroff10")
figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
titles = ["Coin flips: nothing to learn, and it says so", "Tumours: the same recipe learns"]
for axis, title, (history, _, y) in zip(axes, titles, (coins, tumours), strict=True):
    epochs = range(1, len(history["loss"]) + 1)
    axis.plot(epochs, history["loss"], "-", label="rows trained on")
    axis.plot(epochs, history["val_loss"], "--", label="fresh rows")
    axis.axhline(best_constant(y), color="0.4", linestyle=":", label="best constant")
    axis.set(title=title, xlabel="epoch", ylim=(0, 1))
axes[0].set_ylabel("binary cross-entropy (nats)")
axes[0].legend()
plt.show()
