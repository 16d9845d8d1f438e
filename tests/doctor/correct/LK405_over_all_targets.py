"""Accumulation over uneven masks, done right: sums, means times their share, and losskit's normalizer."""

import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
tokens = torch.randint(0, 10, (16, 12))
labels = tokens.masked_fill(torch.arange(12) >= torch.randint(2, 12, (16, 1)), -100)
model, own = nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 10)), lk.cross_entropy()
optimizer = torch.optim.AdamW(model.parameters())
total = (labels != -100).sum()
for x, y in zip(tokens.split(4), labels.split(4), strict=True):
    scores, kept = model(x), y != -100
    loss = F.cross_entropy(scores.flatten(0, 1), y.flatten(), reduction="sum") / total
    loss = loss + F.cross_entropy(scores.transpose(1, 2), y) * kept.sum() / total
    each = F.cross_entropy(scores.transpose(1, 2), y.clamp_min(0), reduction="none")
    loss = loss + (each * kept).sum() / total
    loss = loss + own(scores, y, normalizer=total) + own.sum(scores, y) / total
    loss.backward()
optimizer.step()
optimizer.zero_grad()
for x, y in zip(tokens.split(4), labels.split(4), strict=True):  # no accumulation: a step is only taken now and then
    optimizer.zero_grad()
    F.cross_entropy(model(x).transpose(1, 2), y).backward()
    if (y != -100).sum() > 20:
        optimizer.step()
optimizer.zero_grad()
for x in torch.randn(3, 8, 5).split([1, 2]):  # nothing is masked
    F.cross_entropy(x.flatten(0, 1) @ model[1].weight[:, :5].T, tokens[0, :1].expand(8 * len(x))).backward()
optimizer.step()
