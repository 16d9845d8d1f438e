"""Robust regression: beyond their scale these losses grow slower than any convex one, or not at all."""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import Real
from losskit.core.params import Param, Positive

_BARRON = "Barron 2019, arXiv:1701.03077"


def _scale(default: float = 1.0) -> Param:
    return Positive(
        default, search=(0.1, 10.0), scales_with="target", doc="the size of an ordinary residual, in the target's units"
    )


def _claims(**claims):
    return dict(residual=True, zero_at_target=True, scale_equivariant=True, **claims)


@define_loss(
    pred=Real,
    target=Real,
    scale=_scale(),
    claims=_claims(smooth=True, redescending=True, lipschitz=lambda scale: 0.7072 / scale),
    source=f"Black and Anandan 1996, doi:10.1006/cviu.1996.0006; {_BARRON}, shape 0",
    aka=("kornia cauchy_loss", "lorentzian"),
)
def cauchy(ops, pred, target, *, scale):
    """log1p of half the squared residual: grows like a logarithm."""
    u = (pred - target) / scale
    return ops.log1p(0.5 * u * u)


@define_loss(
    pred=Real,
    target=Real,
    scale=_scale(),
    claims=_claims(smooth=True, redescending=True, bounded=1.0, lipschitz=lambda scale: 0.6066 / scale),
    source=f"Dennis and Welsch 1978, doi:10.1080/03610917808812083; {_BARRON}, shape -∞",
    aka=("kornia welsch_loss", "leclerc"),
)
def welsch(ops, pred, target, *, scale):
    """1 - exp(-u²/2): an outlier costs 1, however far it lies."""
    u = (pred - target) / scale
    return -ops.expm1(-0.5 * u * u)


@define_loss(
    pred=Real,
    target=Real,
    scale=_scale(),
    claims=_claims(smooth=True, redescending=True, bounded=2.0, lipschitz=lambda scale: 0.6496 / scale),
    source=f"Geman and McClure 1985; {_BARRON}, shape -2",
    aka=("kornia geman_mcclure_loss",),
)
def geman_mcclure(ops, pred, target, *, scale):
    """2u²/(u² + 4): an outlier costs at most 2."""
    u = (pred - target) / scale
    # In this form the derivative is a product: the quotient rule would cancel.
    return -2.0 * ops.expm1(-ops.log1p(0.25 * u * u))


@define_loss(
    pred=Real,
    target=Real,
    scale=_scale(4.685),
    claims=_claims(
        smooth=True,
        redescending=True,
        bounded=lambda scale: scale * scale / 6.0,
        lipschitz=lambda scale: 0.2863 * scale,
    ),
    source="Beaton and Tukey 1974, doi:10.1080/00401706.1974.10489171",
    aka=("statsmodels TukeyBiweight", "biweight"),
    aliases=("biweight",),
    pitfall="no gradient beyond the scale: start from a fit that is already near",
)
def tukey(ops, pred, target, *, scale):
    """The biweight: smooth to `scale`, constant beyond."""
    u = (pred - target) / scale
    inside = ops.abs(u) < 1.0
    near = ops.where(inside, u, 0.0 * u)
    part = -ops.expm1(3.0 * ops.log1p(-(near * near)))
    return scale * scale / 6.0 * ops.where(inside, part, 1.0 + 0.0 * u)


@define_loss(
    pred=Real,
    target=Real,
    scale=_scale(),
    claims=_claims(estimates="between mean and median", convex=True, smooth=True, lipschitz=lambda scale: scale),
    source="Fair 1974",
    aka=("lightgbm fair (fair_c)",),
)
def fair(ops, pred, target, *, scale):
    """scale² (u - log1p(u)) with u = |residual|/scale: between absolute and squared error."""
    return -(scale * scale) * ops.log1pmx(ops.abs((pred - target) / scale))
