"""Preferences: losses over the log-probabilities that a language model gives to answers."""

from __future__ import annotations
