"""denoising-diffusion-pytorch; its weights of the time steps are float32 whatever comes."""

from __future__ import annotations

import numpy as np
import torch
from denoising_diffusion_pytorch import GaussianDiffusion

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row

LIBRARY = Library.TORCH
DISTRIBUTION = "denoising-diffusion-pytorch"


class _Given(torch.nn.Module):
    """A model that predicts what it is given."""

    channels = out_dim = 1
    self_condition = False

    def forward(self, x, step, condition):
        return self.pred


_STEPS = torch.arange(50, 950, 20)


def _row(kind, objective):
    model = _Given()
    peer = GaussianDiffusion(model, image_size=1, objective=objective, min_snr_loss_weight=True)
    kept = peer.alphas_cumprod[_STEPS].double().numpy()

    def call(pred, target, snr):
        """Pictures of one pixel, each of its own time step; the sample or the noise is chosen to give the target."""
        model.pred = pred[:, None, None, None]
        start = target[:, None, None, None]
        noise = start
        if kind == "v":
            lost = peer.sqrt_one_minus_alphas_cumprod[_STEPS].to(pred.dtype)
            start, noise = -start / lost[:, None, None, None], 0.0 * start
        return peer.p_losses(start, _STEPS, noise=noise, loss_reduction="none")

    draw = np.random.default_rng(12)
    pred, target = 2.0 * draw.normal(size=(2, len(_STEPS)))
    return Row(
        lk.diffusion_mse(kind=kind),
        f"GaussianDiffusion(objective='{objective}', min_snr_loss_weight=True).p_losses",
        call,
        mapping="of the signal-to-noise ratios of its time steps",
        inputs=dict(pred=pred, target=target, snr=kept / (1.0 - kept)),
        dtypes=("float32",),
    )


ROWS = [_row("epsilon", "pred_noise"), _row("x0", "pred_x0"), _row("v", "pred_v")]
