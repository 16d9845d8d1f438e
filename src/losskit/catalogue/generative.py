"""Generative models: adversarial, variational and diffusion losses.

Flow matching has no loss of its own: it is squared_error of the velocity.
"""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import Binary, Fraction, Logit, Margin, PositiveReal, Real
from losskit.core.forms import expm1mx
from losskit.core.params import Positive, Static


@define_loss(
    pred=Logit,
    target=Fraction,
    claims=dict(convex=True, smooth=True, lipschitz=1.0, proper=True, estimates="log-odds"),
    source="Goodfellow et al. 2014, arXiv:1406.2661",
    aka=("non-saturating GAN", "monai.losses.PatchAdversarialLoss(criterion='bce')"),
    pitfall="a generator trained on minus its loss with target 0 learns nothing once the discriminator is sure",
)
def gan_bce(ops, pred, target):
    """The discriminator's cross-entropy: its raw score of a sample against 1 (real) or 0 (generated).

    The generator's non-saturating loss is the same with target 1 on generated samples. A target of 0.9 for real ones is
    one-sided smoothing.
    """
    return target * ops.softplus(-pred) + (1.0 - target) * ops.softplus(pred)


def _signed(pred, target):
    """The score towards what the sample is: pred for real ones, -pred for generated ones."""
    return (2.0 * target - 1.0) * pred


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(convex=True, lipschitz=1.0, estimates="sign"),
    source="Lim and Ye 2017, arXiv:1705.02894",
    aka=("Geometric GAN",),
    pitfall="for the discriminator only: the generator trains with wgan and target 1",
)
def gan_hinge(ops, pred, target):
    """The discriminator's hinge: what its score of a real (1) or generated (0) sample lacks to reach 1 or -1.

    The generator's part is minus the score of generated samples, wgan with target 1. MONAI's PatchAdversarialLoss takes
    tanh of the score first and clips the generator's part too: gan_hinge of that tanh with target 1.
    """
    return ops.relu(1.0 - _signed(pred, target))


@define_loss(
    pred=Real,
    target=Real,
    claims=dict(residual=True, zero_at_target=True, estimates="mean", convex=True, smooth=True, scale_equivariant=True),
    source="Mao et al. 2017, arXiv:1611.04076",
    aka=("least squares GAN",),
    aliases=("gan_lsgan",),
    pitfall="half of what others compute who leave the factor 1/2 out",
)
def lsgan(ops, pred, target):
    """Half the squared distance of the discriminator's score from the code of a sample: 1 for real, 0 for generated.

    The generator's loss is the same with target 1 on generated samples; the paper also has codes 1, -1 and target 0.
    MONAI's PatchAdversarialLoss is squared_error, after a leaky ReLU of the score unless no_activation_leastsq=True.
    """
    r = pred - target
    return 0.5 * r * r


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(convex=True, smooth=True, lipschitz=1.0),
    source="Arjovsky et al. 2017, arXiv:1701.07875",
    aka=("Wasserstein GAN critic",),
    aliases=("gan_wgan",),
    pitfall="unbounded below unless the critic is held to slope 1, by a gradient penalty or spectral norms",
)
def wgan(ops, pred, target):
    """The critic's score, to rise on real samples (target 1) and to fall on generated ones (target 0).

    The mean over as many of each is half of E[score of generated] - E[score of real]. The generator's loss is the same
    with target 1 on generated samples.
    """
    return -_signed(pred, target)


@define_loss(
    mean=Real,
    log_variance=Real,
    wrt=("mean", "log_variance"),
    claims=dict(convex=True, smooth=True),
    source="Kingma and Welling 2014, arXiv:1312.6114",
    aka=("VAE KL term",),
    pitfall="sum over the latent dimensions as the likelihood is summed over pixels: a mean of one beside a sum of the "
    "other changes their balance",
)
def gaussian_kl(ops, mean, log_variance):
    """KL divergence of a normal distribution from the standard one, for each entry: (mean² + e^s - 1 - s)/2.

    s is the logarithm of the variance. A variational autoencoder sums it over the latent dimensions: give
    normalizer=(rows of the batch).
    """
    return 0.5 * (mean * mean + expm1mx(ops, log_variance))


@define_loss(
    mean=Real,
    log_variance=Real,
    prior_mean=Real,
    prior_log_variance=Real,
    wrt=("mean", "log_variance", "prior_mean", "prior_log_variance"),
    claims=dict(smooth=True),
    source="Kullback 1959; for learned variances Nichol and Dhariwal 2021, arXiv:2102.09672",
    aka=("normal_kl of improved-diffusion",),
)
def gaussian_kl_between(ops, mean, log_variance, prior_mean, prior_log_variance):
    """KL divergence of one normal distribution from another, for each entry.

    With s and t the logarithms of their variances: (e^(s-t) - 1 - (s-t) + (mean - prior_mean)² e^-t)/2. All four are
    differentiated: a fixed prior is one that nothing learns.
    """
    u = (mean - prior_mean) * ops.exp(-0.5 * prior_log_variance)
    return 0.5 * (u * u + expm1mx(ops, log_variance - prior_log_variance))


@define_loss(
    pred=Real,
    target=Real,
    snr=PositiveReal,
    kind=Static(
        "epsilon", ("epsilon", "x0", "v"), doc="what is predicted: the noise, the clean sample or the velocity"
    ),
    gamma=Positive(5.0, search=(1.0, 20.0), doc="the signal-to-noise ratio from which steps count alike"),
    claims=dict(convex=True, smooth=True, zero_at_target=True),
    source="Hang et al. 2023, arXiv:2303.09556; velocity Salimans and Ho 2022, arXiv:2202.00512",
    aka=("min-SNR weighting", "diffusers snr_gamma"),
    pitfall="snr must have the shape of pred: one number for each entry, α²/σ² of its time step",
)
def diffusion_mse(ops, pred, target, snr, *, kind, gamma):
    """Squared error of a denoiser, weighted so that all time steps ask alike of the clean sample.

    The weight is min(snr, γ) for the clean sample, min(snr, γ)/snr for the noise and min(snr, γ)/(snr + 1) for the
    velocity; diffusers calls these kinds sample, epsilon and v_prediction. Without a weight it is squared_error.
    """
    weight = ops.where(snr < gamma, snr, gamma + 0.0 * snr)
    if kind == "epsilon":
        weight = weight / snr
    if kind == "v":
        weight = weight / (snr + 1.0)
    r = pred - target
    return weight * r * r
