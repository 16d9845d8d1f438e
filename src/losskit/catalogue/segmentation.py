"""Segmentation: losses over the pixels of a picture, from one raw score for each class or channel."""

from __future__ import annotations
