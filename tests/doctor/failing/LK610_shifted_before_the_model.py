"""Inputs and labels are shifted by hand, and the model shifts the labels again."""

import torch
import torch.nn.functional as F
from torch import nn


class CausalLM(nn.Module):
    def __init__(self, words=30, size=8):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(words, size), nn.GRU(size, size, batch_first=True)
        self.head = nn.Linear(size, words)

    def forward(self, ids, labels):
        scores = self.head(self.rnn(self.embed(ids))[0])
        return F.cross_entropy(scores[:, :-1].flatten(0, 1), labels[:, 1:].flatten())  # LK610


torch.manual_seed(0)
ids = torch.randint(0, 30, (4, 12))
model = CausalLM()
optimizer = torch.optim.AdamW(model.parameters())
for _ in range(2):
    loss = model(ids[:, :-1], labels=ids[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
