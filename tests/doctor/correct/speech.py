"""CTC whose log_softmax stands in another function, time first, lengths from a convolution's stride."""

import torch
import torch.nn.functional as F
from torch import nn


class Listener(nn.Module):
    def __init__(self, bands=6, letters=9):
        super().__init__()
        self.front = nn.Conv1d(bands, 12, 3, stride=2, padding=1)
        self.rnn = nn.GRU(12, 8, batch_first=True, bidirectional=True)
        self.out = nn.Linear(16, letters)

    def forward(self, sound):
        hidden, _ = self.rnn(self.front(sound).relu().transpose(1, 2))
        return self.out(hidden)


def frames_of(scores):
    return F.log_softmax(scores, dim=-1).permute(1, 0, 2)


torch.manual_seed(0)
sound, lengths = torch.randn(4, 6, 40), torch.tensor([40, 36, 30, 38])
labels, label_lengths = torch.randint(1, 9, (4, 5)), torch.tensor([5, 4, 3, 5])
model, criterion = Listener(), nn.CTCLoss(blank=0, zero_infinity=True)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(2):
    loss = criterion(frames_of(model(sound)), labels, (lengths + 1) // 2, label_lengths)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
