"""Anchor, positive and negative."""

import torch
from torch import nn

torch.manual_seed(0)
anchor, positive, negative = torch.randn(3, 16, 5).unbind()
model = nn.Linear(5, 4)
criterion = nn.TripletMarginLoss(margin=0.5)
distance = nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance())
(criterion(model(anchor), model(positive), model(negative))).backward()
(distance(model(anchor), model(positive), model(negative))).backward()
