"""Generative models: adversarial, variational and diffusion losses."""

from __future__ import annotations
