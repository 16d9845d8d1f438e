"""ReLU between the layers; and a network whose scores are a mean of what a ReLU gave, as in SqueezeNet."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(8, 3, 16, 16), torch.randint(0, 4, (8,))
model = nn.Sequential(
    nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Dropout(0.1), nn.Conv2d(8, 4, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
)
nn.CrossEntropyLoss()(model(x), y).backward()
