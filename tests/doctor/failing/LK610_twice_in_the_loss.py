import torch
import torch.nn.functional as F
from torch import nn

import losskit as lk

torch.manual_seed(0)
tokens = torch.randint(0, 20, (8, 13))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.head = nn.Embedding(20, 8), nn.Linear(8, 20)

    def forward(self, tokens):
        return self.head(self.tokens(tokens))


def loss(scores, labels):
    scores, labels = scores[:, :-1], labels[:, 1:]
    return F.cross_entropy(scores[:, :-1].flatten(0, 1), labels[:, 1:].flatten())  # LK610


lk.diagnose(Model(), loss, (tokens, tokens))
