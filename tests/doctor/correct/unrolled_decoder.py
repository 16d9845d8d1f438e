"""A decoder step by step, whose masked losses are added up; truncated backpropagation; a loss at two depths."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
tokens = torch.randint(1, 20, (4, 10))
tokens[0, 6:], tokens[2, 3:] = 0, 0
embed, cell, head = nn.Embedding(20, 8), nn.GRUCell(8, 8), nn.Linear(8, 20)
optimizer = torch.optim.Adam([*embed.parameters(), *cell.parameters(), *head.parameters()])
for _ in range(2):
    state, loss = torch.zeros(4, 8), torch.zeros(())
    for t in range(9):
        state = cell(embed(tokens[:, t]), state)
        loss = loss + F.cross_entropy(head(state), tokens[:, t + 1], ignore_index=0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
state = torch.zeros(4, 8)
for part in tokens.split(2, dim=1):
    state = cell(embed(part[:, 0]), state.detach())
    optimizer.zero_grad()
    F.cross_entropy(head(state), part[:, 1], ignore_index=0).backward()
    optimizer.step()
for _ in range(2):
    shallow, labels = embed(tokens[:, :-1]), tokens[:, 1:]
    deep = shallow + shallow.roll(1, 1).tanh()
    loss = sum(F.cross_entropy(head(each).transpose(1, 2), labels, ignore_index=0) for each in (shallow, deep))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
