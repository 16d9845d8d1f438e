"""
Boxes and classes: two losses for one network
=============================================

Object detection in miniature: one bright rectangle in each image, a wide, a tall or a square one. One network has two
heads, one for where it is and one for what it is, and each head has its own loss: ``smooth_l1`` and ``cross_entropy``.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

import losskit as lk

# %%
# Images of 16 x 16 pixels with noise; a box is (left, top, right, bottom) as shares of the image's side.
SIDE, KINDS = 16, ("square", "wide", "tall")
rng = np.random.default_rng(0)


def images(count):
    kinds = rng.integers(3, size=count)
    long, short = rng.integers(6, 9, count), rng.integers(3, 5, count)
    width, height = np.where(kinds == 2, short, long), np.where(kinds == 1, short, long)
    left, top = rng.integers(0, SIDE - width + 1), rng.integers(0, SIDE - height + 1)
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    across = np.arange(SIDE)
    inside_x = (across >= boxes[:, [0]]) & (across < boxes[:, [2]])
    inside_y = (across >= boxes[:, [1]]) & (across < boxes[:, [3]])
    pixels = (inside_y[:, :, None] & inside_x[:, None, :]) + 0.3 * rng.normal(size=(count, SIDE, SIDE))
    return torch.tensor(pixels).float(), torch.tensor(boxes / SIDE).float(), torch.tensor(kinds)


class Detector(torch.nn.Module):
    """A shared layer, and two heads on it: four numbers for the box, three raw scores for the kind."""

    def __init__(self):
        super().__init__()
        self.shared = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(SIDE * SIDE, 128), torch.nn.ReLU())
        self.box, self.kind = torch.nn.Linear(128, 4), torch.nn.Linear(128, 3)

    def forward(self, pixels):
        features = self.shared(pixels)
        return self.box(features), self.kind(features)


# %%
# Two criteria, added by hand with a factor. (``loss + loss`` adds terms that share one prediction and one target; here
# each term has its own.) ``beta`` is in the box's units: beyond 1/16, one pixel, an error counts linearly. The box
# terms are small numbers, so the factor decides how much of the gradient they get. It is tried out, not guessed.
box_criterion = lk.to_torch(lk.smooth_l1(beta=1 / SIDE))
kind_criterion = lk.to_torch(lk.cross_entropy())
train_set, fresh_set = images(2000), images(500)


def train(factor, epochs=15):
    """A detector, and its two terms over the fresh images after each epoch, by name."""
    torch.manual_seed(0)
    detector = Detector()
    optimizer = torch.optim.Adam(detector.parameters(), lr=2e-3)
    log = {"box": [], "kind": []}
    for _ in range(epochs):
        for rows in torch.randperm(len(train_set[0])).split(50):
            pixels, boxes, kinds = (part[rows] for part in train_set)
            box, scores = detector(pixels)
            value = factor * box_criterion(box, boxes) + kind_criterion(scores, kinds)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        with torch.no_grad():
            box, scores = detector(fresh_set[0])
            log["box"].append(box_criterion(box, fresh_set[1]).item())
            log["kind"].append(kind_criterion(scores, fresh_set[2]).item())
    return detector, log


results = {factor: train(factor) for factor in (0.1, 1.0, 10.0, 100.0)}
for factor, (detector, log) in results.items():
    with torch.no_grad():
        box, scores = detector(fresh_set[0])
    off = SIDE * (box - fresh_set[1]).abs().mean()
    right = (scores.argmax(dim=1) == fresh_set[2]).float().mean()
    print(f"factor {factor:5g}: " + ", ".join(f"{name} {values[-1]:.4f}" for name, values in log.items()), end="; ")
    print(f"edges off by {off:.2f} pixels, kinds right {right:.1%}")

# %%
# A point of accuracy is about the standard error on 500 images; the terms themselves say more. The boxes gain from a
# factor up to 10; at 100 they drown the kinds.
detector, log = results[10.0]
with torch.no_grad():
    (box,), scores = detector(fresh_set[0][1:2])
plt.style.use("petroff10")
figure, (image, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
image.imshow(fresh_set[0][1], cmap="gray", extent=(0, SIDE, SIDE, 0))
for (x1, y1, x2, y2), style, name in [(fresh_set[1][1] * SIDE, "C0-", "true"), (box * SIDE, "C1--", "predicted")]:
    image.plot([x1, x2, x2, x1, x1], [y1, y1, y2, y2, y1], style, linewidth=2.5, label=f"{name} box")
image.set(title=f"A fresh image, called {KINDS[scores.argmax()]}", xlabel="x (pixels)", ylabel="y (pixels)")
image.legend()
for (name, values), style in zip(log.items(), ("o-", "s--"), strict=True):
    middle.semilogy(range(1, len(values) + 1), values, style, label=name)
    right.loglog(list(results), [terms[name][-1] for _, terms in results.values()], style, label=name)
middle.set(title="The terms by name, factor 10", xlabel="epoch", ylabel="loss on fresh images", xticks=range(0, 16, 5))
right.set(title="The factor shares out the gradient", xlabel="factor of the box term", ylabel="loss at the end")
right.sharey(middle)
middle.legend(title="term")
right.legend(title="term")
plt.show()
