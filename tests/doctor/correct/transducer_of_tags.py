"""A linear-chain tagger whose negative log-likelihood is written out with logsumexp, padding masked."""

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, words=20, tags=4):
        super().__init__()
        self.embed = nn.Embedding(words, 8, padding_idx=0)
        self.rnn = nn.LSTM(8, 8, batch_first=True, bidirectional=True)
        self.emit = nn.Linear(16, tags)
        self.move = nn.Parameter(torch.zeros(tags, tags))

    def forward(self, words, tags):
        mask = (words != 0).float()
        emitted = self.emit(self.rnn(self.embed(words))[0])
        own = (emitted.gather(2, tags[..., None]).squeeze(-1) * mask).sum(1)
        own = own + (self.move[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]).sum(1)
        alpha = emitted[:, 0]
        for t in range(1, words.shape[1]):
            step = torch.logsumexp(alpha[:, :, None] + self.move, 1) + emitted[:, t]
            alpha = torch.where(mask[:, t, None].bool(), step, alpha)
        return (alpha.logsumexp(1) - own).mean()


torch.manual_seed(0)
words, tags = torch.randint(1, 20, (6, 7)), torch.randint(0, 4, (6, 7))
words[:, 5:] = 0
model = Tagger()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    loss = model(words, tags)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
