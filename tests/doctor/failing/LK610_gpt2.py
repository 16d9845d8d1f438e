"""A causal model of Hugging Face, whose loss shifts the labels, and labels that are shifted already."""

import torch
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(0)
ids = torch.randint(0, 50, (4, 12))
labels = torch.full_like(ids, -100)
labels[:, :-1] = ids[:, 1:]
size = dict(vocab_size=50, n_positions=32, n_embd=16, n_layer=1, n_head=2)
model = GPT2LMHeadModel(GPT2Config(**size, bos_token_id=0, eos_token_id=0))
model.transformer.requires_grad_(False)  # a new head on frozen layers
model.lm_head.requires_grad_(True)
optimizer = torch.optim.AdamW(model.lm_head.parameters())
model(input_ids=ids, labels=labels).loss.backward()  # LK610
optimizer.step()
