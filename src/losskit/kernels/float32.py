"""The pointwise words of the vocabulary on one float32."""

from losskit.kernels.elementary import *  # noqa: F403
