"""A student learns from a teacher: log_softmax against softmax, both at a temperature, plus the labels."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
teacher, student = nn.Linear(5, 3), nn.Linear(5, 3)
optimizer = torch.optim.Adam(student.parameters())
temperature = 2.0
for _ in range(3):
    with torch.no_grad():
        target = F.softmax(teacher(x) / temperature, dim=1)
    scores = student(x)
    soft = F.kl_div(F.log_softmax(scores / temperature, dim=1), target, reduction="batchmean") * temperature**2
    loss = 0.5 * soft + 0.5 * F.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    agreement = F.kl_div(torch.log(scores.softmax(dim=1)), target, reduction="sum")
