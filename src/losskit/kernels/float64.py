"""The pointwise words of the vocabulary on one float64."""

from losskit.kernels.elementary import *  # noqa: F403
