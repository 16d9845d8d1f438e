"""
Against overfitting: L1, L2, dropout and early stopping
=======================================================

A model that is too free for its data learns the noise too. Four usual remedies: a penalty on the weights, which is
added to the loss, in two forms; dropout; and stopping in time. A loss knows of none of them: they go around any loss.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import losskit as lk

# %%
# 442 patients, ten measurements; the target is the progress of the disease a year later. A hundred rows to learn from,
# and the rest held out. (The best of many figures on the same held out rows flatters; to believe it takes yet other
# rows. Here it only shows where the best lies.)
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=100, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

# %%
# **Penalties.** L2 adds alpha/2 · Σw² to the mean loss and shrinks all weights together; L1 adds alpha · Σ|w| and sets
# them to exactly 0 one after the other. The loss here is Huber's; it might be any other.
loss = lk.huber(delta=50.0)
paths = {}
for penalty, alphas in {"l2": np.geomspace(1e-2, 1e2, 15), "l1": np.geomspace(1e-1, 5e1, 15)}.items():
    models = [lk.LossRegressor(loss=loss, penalty=penalty, alpha=alpha).fit(X_train, y_train) for alpha in alphas]
    weights = np.array([model.coef_ for model in models])
    held = [loss(model.predict(X_test), y_test) for model in models]
    paths[penalty] = alphas, weights, held
    best = int(np.argmin(held))
    print(f"{penalty}: loss {held[0]:.0f} at alpha {alphas[0]:g}, {held[best]:.0f} at {alphas[best]:.2g},", end=" ")
    print(f"where {np.sum(weights[best] == 0)} of {weights.shape[1]} weights are 0")

# %%
# **Dropout and early stopping**, in a network much too large for a hundred rows. Dropout silences half of the hidden
# units at random in each step. Early stopping keeps the weights of the epoch that is best on rows held out,
# as ``lk.LossRegressor(model="mlp")`` does by itself.
criterion = lk.to_torch(loss)
center, scale = y_train.mean(), y_train.std()
inputs, held_inputs = (torch.tensor(part).float() for part in (X_train, X_test))
target, held_target = (torch.tensor(part).float() for part in (y_train, y_test))


def train(dropout, epochs=150):
    """Loss on the rows trained on and on rows held out, after each epoch of Adam."""
    torch.manual_seed(0)
    hidden = [torch.nn.Linear(10, 200), torch.nn.ReLU(), torch.nn.Dropout(dropout)]
    network = torch.nn.Sequential(*hidden, torch.nn.Linear(200, 1), torch.nn.Flatten(0))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    history = []
    for _ in range(epochs):
        network.train()
        for rows in torch.randperm(len(inputs)).split(20):
            optimizer.zero_grad()
            criterion(center + scale * network(inputs[rows]), target[rows]).backward()
            optimizer.step()
        network.eval()
        with torch.no_grad():
            pairs = [(inputs, target), (held_inputs, held_target)]
            history.append([criterion(center + scale * network(x), y).item() for x, y in pairs])
    return np.array(history)


histories = {"no dropout": train(0.0), "dropout 0.5": train(0.5)}
for name, history in histories.items():
    stop = history[:, 1].argmin()
    own, held = history[-1]
    print(f"{name:11} after 150 epochs: {own:.0f} on its own rows, {held:.0f} on rows held out;", end=" ")
    print(f"at best {history[stop, 1]:.0f}, after {stop + 1}")

# %%
plt.style.use("petroff10")
figure, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
for axis, (penalty, (alphas, weights, _)) in zip(axes, paths.items(), strict=False):
    axis.semilogx(alphas, weights, "-")
    axis.axhline(0, color="0.4", linewidth=0.8)
    title = {"l2": "L2 shrinks all weights together", "l1": "L1 drops weights one by one"}[penalty]
    axis.set(title=title, xlabel="alpha", ylabel="weights (points per standard deviation)")
for (name, history), color in zip(histories.items(), ("C0", "C2"), strict=True):
    axes[2].plot(history[:, 0], color=color, linestyle=":", label=f"{name}, own rows")
    axes[2].plot(history[:, 1], color=color, label=f"{name}, rows held out")
    axes[2].plot(history[:, 1].argmin(), history[:, 1].min(), "o", color=color)
axes[2].set(title="Dropout slows it, stopping (dots) ends it", xlabel="epoch", ylabel="mean Huber loss")
axes[2].legend(fontsize=8)
plt.show()
