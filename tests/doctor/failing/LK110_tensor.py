"""Scores that are optimised themselves."""

import torch

torch.manual_seed(0)
scores, mask = torch.randn(8, 8, requires_grad=True), torch.randint(0, 2, (8, 8)).float()
flat, truth = scores.reshape(-1), mask.reshape(-1)
dice = 2 * torch.sum(flat * truth) / (torch.sum(flat) + torch.sum(truth))  # LK110
(1 - dice).backward()
