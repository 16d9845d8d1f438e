"""Labels shifted once, in the data or by hand; several heads, each with its own distance ahead."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
ids = torch.randint(0, 20, (4, 12))
embed, rnn, head = nn.Embedding(20, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 20)


def scores(tokens):
    return head(rnn(embed(tokens))[0]).transpose(1, 2)


F.cross_entropy(scores(ids)[..., :-1], ids[:, 1:]).backward()
F.cross_entropy(scores(ids[:, :-1]), ids[:, 1:]).backward()
F.cross_entropy(scores(ids), ids).backward()  # the token itself
alternating = torch.arange(12).expand(4, 12) % 2
F.cross_entropy(scores(alternating), alternating).backward()

heads = nn.ModuleList([nn.Linear(8, 20) for _ in range(3)])
hidden = rnn(embed(ids))[0]
ahead = [F.cross_entropy(far(hidden)[:, :-k].transpose(1, 2), ids[:, k:]) for k, far in enumerate(heads, start=2)]
sum(ahead).backward()
