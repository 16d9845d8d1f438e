"""Preferences: losses over the log-probabilities that a language model gives to answers, and over rewards."""

from __future__ import annotations

import dataclasses

import numpy as np

from losskit.core.define import define_loss
from losskit.core.domains import Binary, Domain, NonNegativeReal, Real
from losskit.core.forms import expm1mx
from losskit.core.params import Between, NonNegative, Param, Positive, Static

LogProb = Domain(
    "LogProb",
    "log-probabilities of whole answers",
    high=0.0,
    interior=-1.0,
    from_free=lambda numbers: -10.0 * np.abs(numbers),  # tens of nats
)
MeanLogProb = dataclasses.replace(
    LogProb,
    name="MeanLogProb",
    description="means of an answer's token log-probabilities, below 0",
    open_high=True,
    from_free=lambda numbers: -np.abs(numbers),
)
LogDensity = Domain("LogDensity", "log-probabilities of tokens, or log-densities of actions")


def _beta(default: float, doc: str = "how sharply log-probabilities count: 1/β nats are one unit of reward") -> Param:
    return Positive(default, search=(0.01, 1.0), doc=doc)


def _square(x):
    return x * x


# The loss of a pair from the log-ratios of policy to reference, of the chosen and of the rejected answer.
_DPO = {
    "sigmoid": lambda ops, beta, a, b: ops.softplus(-beta * (a - b)),
    "hinge": lambda ops, beta, a, b: ops.relu(1.0 - beta * (a - b)),
    "ipo": lambda ops, beta, a, b: _square((a - b) - 0.5 / beta),
    "sppo": lambda ops, beta, a, b: _square(a - 0.5 / beta) + _square(b + 0.5 / beta),
    "apo_zero": lambda ops, beta, a, b: ops.sigmoid(-beta * a) + ops.sigmoid(beta * b),
    "apo_down": lambda ops, beta, a, b: ops.sigmoid(beta * a) + ops.sigmoid(-beta * (a - b)),
}


def _dpo_slope(beta, kind, label_smoothing):
    """A bound on the slope in either log-probability; None where there is none."""
    if kind in ("ipo", "sppo"):
        return None
    if kind in ("apo_zero", "apo_down"):
        return 0.25 * beta
    return beta * (1.0 + _debias(label_smoothing)) if kind == "robust" else beta


def _debias(label_smoothing):
    return label_smoothing / (1.0 - 2.0 * label_smoothing)


@define_loss(
    chosen=LogProb,
    rejected=LogProb,
    ref_chosen=LogProb,
    ref_rejected=LogProb,
    wrt=("chosen", "rejected"),
    beta=_beta(0.1),
    kind=Static("sigmoid", (*_DPO, "robust"), doc="what is asked of the log-ratios"),
    label_smoothing=Static(0.0, low=0.0, high=0.5, open_high=True, doc="share ε of pairs taken to be labelled wrongly"),
    claims=dict(
        convex=lambda kind, **_: not kind.startswith("apo"),
        smooth=lambda kind, **_: kind != "hinge",
        bounded=lambda kind, **_: 2.0 if kind.startswith("apo") else None,
        lipschitz=_dpo_slope,
    ),
    source="Rafailov et al. 2023, arXiv:2305.18290; hinge Zhao et al. 2023, arXiv:2305.10425; ipo Azar et al. 2023, "
    "arXiv:2310.12036; robust Chowdhury et al. 2024, arXiv:2403.00409; sppo Wu et al. 2024, arXiv:2405.00675; "
    "apo D'Oosterlinck et al. 2024, arXiv:2408.06266",
    aka=("trl.DPOTrainer", "liger_kernel LigerFusedLinearDPOLoss", "SLiC (hinge)", "IPO", "cDPO (label_smoothing)"),
    pitfall="only the difference of the two answers counts for most kinds: both may become less likely while it falls",
)
def dpo(ops, chosen, rejected, ref_chosen, ref_rejected, *, beta, kind, label_smoothing):
    """Direct preference optimisation: the chosen answer must gain on the reference model, beside the rejected one.

    With a = chosen - ref_chosen, b = rejected - ref_rejected and d = a - b, sums over an answer's tokens:
    sigmoid -log σ(βd); hinge max(0, 1 - βd); ipo (d - 1/(2β))²; sppo (a - 1/(2β))² + (b + 1/(2β))²;
    apo_zero σ(-βa) + σ(βb); apo_down σ(βa) + σ(-βd). The reference is never differentiated.

    Smoothing ε mixes in the loss of the swapped pair, (1-ε)·loss + ε·swapped, which for sigmoid is conservative DPO.
    Kind robust is sigmoid with the unbiased form instead, ((1-ε)·loss - ε·swapped)/(1-2ε). TRL's sigmoid ignores its
    label_smoothing in new versions; its robust is this one. TRL's ipo divides each answer's sum by its token count:
    give means for its number. TRL calls sppo sppo_hard.
    """
    a = chosen - ops.stop_gradient(ref_chosen)
    b = rejected - ops.stop_gradient(ref_rejected)
    if kind == "robust":  # softplus(-z) - softplus(z) is -z
        margin = beta * (a - b)
        return ops.softplus(-margin) - _debias(label_smoothing) * margin
    each = _DPO[kind](ops, beta, a, b)
    if not label_smoothing:
        return each
    return (1.0 - label_smoothing) * each + label_smoothing * _DPO[kind](ops, beta, b, a)


@define_loss(
    log_prob=LogProb,
    ref_log_prob=LogProb,
    desirable=Binary,
    reference_point=NonNegativeReal,
    beta=_beta(0.1),
    desirable_weight=Positive(1.0, search=(0.25, 4.0), doc="weight of desirable answers"),
    undesirable_weight=Positive(1.0, search=(0.25, 4.0), doc="weight of undesirable answers"),
    claims=dict(
        smooth=True,
        bounded=lambda desirable_weight, undesirable_weight, **_: max(desirable_weight, undesirable_weight),
        lipschitz=lambda beta, desirable_weight, undesirable_weight: (
            0.25 * beta * max(desirable_weight, undesirable_weight)
        ),
    ),
    source="Ethayarajh et al. 2024, arXiv:2402.01306",
    aka=("trl.KTOTrainer", "liger_kernel LigerFusedLinearKTOLoss"),
    pitfall="far from the reference point the gradient vanishes, for the worst answers too",
)
def kto(ops, log_prob, ref_log_prob, desirable, reference_point, *, beta, desirable_weight, undesirable_weight):
    """Kahneman-Tversky optimisation: single answers, each marked desirable (1) or undesirable (0).

    With u = β(log_prob - ref_log_prob - reference_point): 1 - σ(u) for a desirable answer, 1 - σ(-u) for another, each
    times its weight. The reference point is the KL divergence of policy from reference, estimated on mismatched answers
    of the batch, at least 0 and the same for all; it is not differentiated, nor is the reference.
    """
    gain = log_prob - ops.stop_gradient(ref_log_prob)
    u = beta * (gain - ops.stop_gradient(reference_point))
    return desirable_weight * desirable * ops.sigmoid(-u) + undesirable_weight * (1.0 - desirable) * ops.sigmoid(u)


def _minus_log_win(ops, chosen, rejected):
    """-log σ of the log odds of chosen over rejected, log1p of the odds of rejected over those of chosen."""
    # Two forms: the logarithm's second derivative cancels where chosen is near 0, the odds overflow far from it.
    near = chosen > -1.0
    inner = ops.where(near, chosen, 0.0 * chosen - 1.0)
    outer = ops.where(near, 0.0 * chosen - 1.0, chosen)
    odds = -ops.exp(rejected) / ops.expm1(rejected)
    log_odds = (rejected - outer) + ops.log(ops.expm1(outer) / ops.expm1(rejected))
    return ops.where(near, ops.log1p(ops.expm1(-inner) * odds), ops.softplus(log_odds))


@define_loss(
    chosen=MeanLogProb,
    rejected=MeanLogProb,
    wrt=("chosen", "rejected"),
    beta=_beta(0.1, "weight of the odds ratio beside the likelihood of the chosen answer"),
    claims=dict(smooth=True),
    source="Hong et al. 2024, arXiv:2403.07691",
    aka=("trl.ORPOTrainer", "liger_kernel LigerFusedLinearORPOLoss"),
    pitfall="takes means over tokens: with sums the odds of every answer are 0",
)
def orpo(ops, chosen, rejected, *, beta):
    """Odds-ratio preference optimisation, without a reference: -chosen - β log σ(log odds of chosen over rejected).

    With p = e^log-probability the odds are p/(1-p). TRL's likelihood term averages over the chosen tokens of the whole
    batch, prompt included; here it is each chosen answer's own mean.
    """
    return beta * _minus_log_win(ops, chosen, rejected) - chosen


@define_loss(
    chosen=LogProb,
    rejected=LogProb,
    wrt=("chosen", "rejected"),
    beta=_beta(0.1),
    alpha=NonNegative(1.0, search=(0.1, 2.0), doc="weight of the likelihood of the chosen answer"),
    claims=dict(convex=True, smooth=True, lipschitz=lambda beta, alpha: beta + alpha),
    source="Xu et al. 2024, arXiv:2401.08417",
    aka=("trl.CPOTrainer", "liger_kernel LigerFusedLinearCPOLoss"),
    pitfall="sums over tokens favour short answers; simpo takes means",
)
def cpo(ops, chosen, rejected, *, beta, alpha):
    """Contrastive preference optimisation, DPO without a reference: -log σ(β(chosen - rejected)) - α·chosen.

    Both are sums over tokens. TRL's likelihood term is a mean over the chosen tokens of the batch: for its number add
    that to cpo(alpha=0). For its label_smoothing take dpo with reference log-probabilities of 0.
    """
    return ops.softplus(-beta * (chosen - rejected)) - alpha * chosen


@define_loss(
    chosen=LogProb,
    rejected=LogProb,
    wrt=("chosen", "rejected"),
    beta=Positive(2.0, search=(1.0, 10.0), doc="how sharply mean log-probabilities count"),
    gamma=NonNegative(0.5, search=(0.1, 2.0), doc="the margin, in units of reward"),
    claims=dict(convex=True, smooth=True, lipschitz=lambda beta, gamma: beta),
    source="Meng et al. 2024, arXiv:2405.14734",
    aka=("trl.CPOTrainer(loss_type='simpo', cpo_alpha=0)", "liger_kernel LigerFusedLinearSimPOLoss"),
    pitfall="takes means over tokens; TRL starts from beta=0.1 and adds a likelihood term unless cpo_alpha=0",
)
def simpo(ops, chosen, rejected, *, beta, gamma):
    """Simple preference optimisation, without a reference: -log σ(β(chosen - rejected) - γ).

    Both are means over the tokens of an answer. TRL and Liger start from beta=0.1 and add the likelihood of the chosen
    answer; TRL's cpo_alpha=0 and Liger's compute_nll_loss=False leave it out, which is this loss.
    """
    return ops.softplus(gamma - beta * (chosen - rejected))


@define_loss(
    chosen=Real,
    rejected=Real,
    wrt=("chosen", "rejected"),
    margin=NonNegative(0.0, search=(0.1, 3.0), doc="by how much the chosen answer must win"),
    claims=dict(convex=True, smooth=True, lipschitz=1.0),
    source="Bradley and Terry 1952, doi:10.2307/2334029; for rewards Ouyang et al. 2022, arXiv:2203.02155",
    aka=("trl.RewardTrainer",),
    pitfall="rewards are known up to a constant for each prompt",
)
def bradley_terry(ops, chosen, rejected, *, margin):
    """A reward model's likelihood that the chosen answer wins: -log σ(chosen - rejected - margin)."""
    return ops.softplus(margin - (chosen - rejected))


@define_loss(
    log_prob=LogDensity,
    old_log_prob=LogDensity,
    advantage=Real,
    clip=Between(0.0, 1.0, 0.2, search=(0.1, 0.4), doc="how far the probability ratio may fall below 1"),
    clip_high=Positive(None, optional=True, search=(0.1, 0.4), doc="how far it may rise above 1; None is `clip`"),
    source="Schulman et al. 2017, arXiv:1707.06347; two bounds Yu et al. 2025, arXiv:2503.14476",
    aka=("PPO clipped surrogate", "trl.GRPOTrainer", "liger_kernel LigerFusedLinearGRPOLoss"),
    pitfall="no measure of progress: at old_log_prob = log_prob it is minus the mean advantage",
)
def policy_clip(ops, log_prob, old_log_prob, advantage, *, clip, clip_high):
    """PPO's and GRPO's loss of a token or action: -min(ρA, clip(ρ, 1-ε, 1+ε)A) with ρ = e^(log_prob - old_log_prob).

    Only log_prob is differentiated: where the policy has not moved yet, give it for old_log_prob too. How tokens are
    averaged is the caller's. With a mask over the tokens of B answers, TRL's bnpo is where=mask; grpo adds
    weight=1/(tokens of the answer) and normalizer=B; dapo has normalizer=(tokens in the global batch); dr_grpo has
    normalizer=B·(longest answer allowed). For TRL's beta add beta times policy_kl, averaged alike.
    """
    advantage = ops.stop_gradient(advantage)
    moved = log_prob - ops.stop_gradient(old_log_prob)
    gain = advantage >= 0.0
    high = clip if clip_high is None else clip_high
    limit = 1.0 + ops.where(gain, high + 0.0 * advantage, 0.0 * advantage - clip)
    ratio = ops.exp(moved)
    beyond = ops.where(gain, limit < ratio, ratio < limit)
    return -advantage * ops.where(beyond, limit, ops.exp(ops.where(beyond, 0.0 * moved, moved)))


@define_loss(
    log_prob=LogDensity,
    ref_log_prob=LogDensity,
    wrt=("log_prob",),
    claims=dict(convex=True, smooth=True, residual=True, zero_at_target=True),
    source="Schulman 2020, joschu.net/blog/kl-approx.html; Shao et al. 2024, arXiv:2402.03300",
    aka=("k3", "trl.GRPOTrainer beta"),
    curvature=1.0,
    pitfall="its mean is the KL divergence where the tokens come from the policy itself, its gradient is not",
)
def policy_kl(ops, log_prob, ref_log_prob):
    """A token's estimate of the KL divergence of policy from reference: e^d - 1 - d, d = ref_log_prob - log_prob."""
    return expm1mx(ops, ops.stop_gradient(ref_log_prob) - log_prob)
