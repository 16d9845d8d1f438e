"""Embeddings: losses over vectors, from pairs and triplets to whole batches."""

from __future__ import annotations
