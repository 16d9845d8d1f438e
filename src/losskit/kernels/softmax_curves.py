"""Losses of the probability p of the class: L and -dL/d log p from -log p, p, 1 - p and a parameter."""

from __future__ import annotations

from losskit.kernels.softmax_blocks import inline


@inline
def cross_entropy(surprise, p, rest, number):
    return surprise, 1.0


@inline
def softmax_focal(surprise, p, rest, gamma):
    """(1-p)^γ (-log p)."""
    if rest <= 0.0:
        return 0.0, 0.0
    fade = rest**gamma
    return fade * surprise, fade * (1.0 + gamma * p * (surprise / rest))


@inline
def poly1(surprise, p, rest, epsilon):
    """-log p + ε(1-p)."""
    return surprise + epsilon * rest, 1.0 + epsilon * p
