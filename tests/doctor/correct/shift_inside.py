"""A causal model that shifts inside, as those of Hugging Face do: the labels are the input ids, padding is -100."""

import torch
import torch.nn.functional as F
from torch import nn


class CausalLM(nn.Module):
    def __init__(self, words=30, size=8):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(words, size), nn.GRU(size, size, batch_first=True)
        self.lm_head = nn.Linear(size, words)

    def forward(self, input_ids, attention_mask=None, labels=None):
        logits = self.lm_head(self.rnn(self.embed(input_ids))[0])
        loss = None
        if labels is not None:
            shifted = F.pad(labels, (0, 1), value=-100)[..., 1:].contiguous()
            loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), shifted.view(-1), ignore_index=-100)
        return loss, logits


torch.manual_seed(0)
ids = torch.randint(1, 30, (4, 12))
ids[1, 9:] = 0
labels = ids.masked_fill(ids == 0, -100)
labels[:, :3] = -100  # the prompt is not learnt
model = CausalLM()
optimizer = torch.optim.AdamW(model.parameters())
for _ in range(3):
    loss, _ = model(input_ids=ids, attention_mask=ids != 0, labels=labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
