"""Robust regression: beyond their scale these losses grow slower than any convex one, or not at all."""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import Real
from losskit.core.params import Between, Param, Positive

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


@define_loss(
    pred=Real,
    target=Real,
    shape=Between(0.0, 2.0, 1.0, search=(0.1, 1.9), doc="near 2 squared error, 1 pseudo_huber, near 0 cauchy"),
    scale=_scale(),
    claims=_claims(
        estimates=lambda shape, scale: "between mean and median" if shape >= 1.0 else None,
        convex=lambda shape, scale: shape >= 1.0,
        smooth=True,
        redescending=lambda shape, scale: shape < 1.0,
        lipschitz=lambda shape, scale: 1.0 / scale if shape <= 1.0 else None,
    ),
    source=_BARRON,
    aka=("robust_loss_pytorch.lossfun", "general robust loss"),
    pitfall="shape 2 is squared_error(half=True), 0 cauchy, -2 geman_mcclure, -∞ welsch: these have their own losses",
)
def barron(ops, pred, target, *, shape, scale):
    """One family from squared error to Cauchy's loss: beyond `scale` it grows like |residual| to the power `shape`."""
    u = (pred - target) / scale
    bend = 2.0 - shape
    return bend / shape * ops.expm1(0.5 * shape * ops.log1p(u * u / bend))


@define_loss(
    pred=Real,
    target=Real,
    df=Positive(4.0, search=(1.0, 30.0), doc="degrees of freedom: the fewer, the heavier the tails"),
    scale=_scale(),
    claims=_claims(smooth=True, redescending=True, lipschitz=lambda df, scale: 0.5 * (df + 1.0) / (df**0.5 * scale)),
    source="Lange et al. 1989, doi:10.1080/01621459.1989.10478852",
    aka=("statsmodels TLinearModel",),
    pitfall="not convex; what depends on df and scale alone is left out, so neither can be learned with it",
)
def student_t(ops, pred, target, *, df, scale):
    """The likelihood of Student's t noise: a Gaussian for many degrees of freedom, Cauchy's for one."""
    u = (pred - target) / scale
    return 0.5 * (df + 1.0) * ops.log1p(u * u / df)
