"""
A PyTorch classifier of digits, and the softmax that is applied twice
=====================================================================

A network that ends in a softmax, trained with a cross-entropy that expects raw scores, is one of the commonest
mistakes there is. Nothing is raised, and the network even learns; but slowly, and its loss stops at a floor.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import losskit as lk

# %%
# 1,797 images of 8 x 8 pixels, ten classes.
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16.0, y, test_size=0.3, stratify=y, random_state=0)
X_train, X_test = (torch.tensor(part, dtype=torch.float32) for part in (X_train, X_test))
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)
criterion = lk.to_torch(lk.cross_entropy())


def train(*last, epochs=40):
    """A 64-10-10 network that ends in the layers `last`; after each epoch its loss and its accuracy on fresh rows."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(64, 10), torch.nn.ReLU(), torch.nn.Linear(10, 10), *last)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    losses, accuracies = [], []
    for _ in range(epochs):
        for rows in torch.randperm(len(X_train)).split(32):
            optimizer.zero_grad()
            criterion(network(X_train[rows]), y_train[rows]).backward()  # losskit: mute LK101
            optimizer.step()
        with torch.no_grad():
            losses.append(criterion(network(X_train), y_train).item())  # losskit: mute LK101
            accuracies.append((network(X_test).argmax(dim=1) == y_test).float().mean().item())
    return losses, accuracies


curves = {"raw scores": train(), "softmax at the end": train(torch.nn.Softmax(dim=1))}

# %%
# **The floor.** A softmax hands out numbers between 0 and 1, and the loss takes them for scores. The best it can ever
# get is a score of 1 for the true class and 0 for the nine others, and of those the loss makes
#
# .. math:: -\log\frac{e^1}{e^1 + 9 e^0} = \log(e + 9) - 1 = 1.4612
#
# For two classes the floor is 0.3133, for a thousand 5.9095: a loss that stops at such a number is telling.
floor = np.log(np.e + 9) - 1
perfect = np.eye(10)[[3]]  # the network is certain, and right
print(f"floor {floor:.4f}; a perfect answer costs {lk.cross_entropy()(perfect, np.array([3])):.4f}")
for name, (losses, accuracies) in curves.items():
    print(f"{name:18} loss {losses[-1]:.4f}, accuracy {accuracies[-1]:.1%}; after 3 epochs {accuracies[2]:.1%}")

# %%
# **Why it is slow.** On these easy digits the accuracy catches up in the end, the loss never. The gradient has to pass
# the network's softmax too, and that is flat where an answer is sure: also where it is sure and wrong, just where raw
# scores receive the largest gradient of all.
sure_and_wrong = torch.tensor([[8.0] + 9 * [0.0]], requires_grad=True)
slopes = []
for output in (sure_and_wrong, sure_and_wrong.softmax(dim=1)):
    cost = criterion(output, torch.tensor([1]))  # losskit: mute LK101
    (slope,) = torch.autograd.grad(cost, sure_and_wrong)
    slopes.append(slope.norm().item())
print(f"sure and wrong: gradient {slopes[0]:.4f} from raw scores, {slopes[1]:.4f} through the softmax")

# %%
# losskit cannot see from the values of an array where it came from, and does not guess. What it does: every loss says
# which kind of prediction it takes, here and in ``losskit show cross_entropy``, and what people get wrong with it.
definition = lk.cross_entropy().definition
print(f"pred: {definition.inputs['pred'].description}; {definition.pitfall}")

# %%
plt.style.use("petroff10")
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for (name, (losses, accuracies)), dashes in zip(curves.items(), ("-", "--"), strict=True):
    epochs = range(1, len(losses) + 1)
    left.plot(epochs, losses, dashes, label=name)
    right.plot(epochs, np.multiply(accuracies, 100), dashes, label=name)
left.axhline(floor, color="0.4", linestyle=":", label="floor log(e + 9) - 1")
left.set(title="A softmax too many: the loss meets a floor", xlabel="epoch", ylabel="cross-entropy (nats)")
left.legend()
right.set(title="... and the network learns more slowly", xlabel="epoch", ylabel="accuracy on fresh rows (%)")
right.legend(loc="lower right")
plt.show()
