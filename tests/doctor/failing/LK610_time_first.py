"""A data set of pairs (token, next token), time first, and a loss that looks one further."""

import torch
from torch import nn

torch.manual_seed(0)
stream = torch.randint(0, 20, (121,))
x, y = stream[:-1].view(6, 20).T, stream[1:].view(6, 20).T
embed, rnn, head = nn.Embedding(20, 8), nn.LSTM(8, 8), nn.Linear(8, 20)
criterion = nn.NLLLoss()
scores = head(rnn(embed(x))[0]).log_softmax(-1)
criterion(scores[:-1].reshape(-1, 20), y[1:].reshape(-1)).backward()  # LK610
