"""Hugging Face: a causal model whose Trainer accumulates over uneven masks, a masked one, a classifier and a T5."""

import tempfile

import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    T5Config,
    T5ForConditionalGeneration,
    Trainer,
    TrainingArguments,
)

torch.manual_seed(0)
ids = torch.randint(2, 50, (16, 12))
labels = ids.masked_fill(torch.arange(12) < torch.randint(0, 9, (16, 1)), -100)
size = dict(vocab_size=50, n_positions=32, n_embd=16, n_layer=1, n_head=2)
model = GPT2LMHeadModel(GPT2Config(**size, bos_token_id=0, eos_token_id=1))
rows = [{"input_ids": x, "labels": y} for x, y in zip(ids, labels, strict=True)]
with tempfile.TemporaryDirectory() as folder:
    quiet = dict(report_to=[], disable_tqdm=True, save_strategy="no", logging_strategy="no", use_cpu=True)
    how = TrainingArguments(folder, per_device_train_batch_size=2, gradient_accumulation_steps=4, max_steps=3, **quiet)
    Trainer(model=model, args=how, train_dataset=rows).train()

size = dict(vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
BertForMaskedLM(BertConfig(**size))(input_ids=ids, labels=labels).loss.backward()
BertForSequenceClassification(BertConfig(**size, num_labels=3))(input_ids=ids, labels=ids[:, 0] % 3).loss.backward()
size = dict(vocab_size=50, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=0)
T5ForConditionalGeneration(T5Config(**size))(input_ids=ids, labels=labels).loss.backward()
