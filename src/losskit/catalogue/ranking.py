"""Ranking: losses over the scores of the items of a list, of a pair, or of a batch of positives and negatives.

`where` marks the items that are not padding. Over a batch the scores (N,) of all rows give one number, a smooth
stand-in for a metric that judges the ranking of the batch as a whole.
"""

from __future__ import annotations

import math
from dataclasses import replace

from losskit.core.define import define_loss
from losskit.core.domains import BatchBinary, BatchScores, Binary, Classes, Fraction, Logits, Real, Relevance, Scores
from losskit.core.forms import at_least_1, ones, places
from losskit.core.params import NonNegative, Positive, Static

_NEVER = -1e30  # a score whose share is 0 in every dtype


def _label_weights(ops, target, where, labels):
    """What each item weighs, 0 under the mask."""
    if labels == "softmax":
        return where.keep(ops.softmax(where.keep(target, _NEVER)), 0.0)
    grades = where.keep(target, 0.0)
    if labels == "raw":
        return grades
    total = ops.sum(grades)
    return grades / ops.expand(ops.where(total > 0.0, total, 1.0), grades)


def _listnet_hessian(ops, pred, target, where, *, labels):
    score = where.keep(pred, _NEVER)
    own = where.keep(ops.softmax(score) * ops.one_minus_softmax(score), 0.0)
    if labels == "softmax":
        return own
    return ops.expand(ops.sum(_label_weights(ops, target, where, labels)), own) * own


@define_loss(
    pred=Scores,
    target=Relevance,
    labels=Static(
        "softmax",
        choices=("softmax", "share", "raw"),
        doc="relevances enter as softmax(target), as shares target/Σ target, or as they are",
    ),
    claims=dict(convex=True, smooth=True, lipschitz=lambda labels: None if labels == "raw" else 1.0),
    source="Cao et al. 2007, doi:10.1145/1273496.1273513",
    aka=("allrank listNet", "rax.softmax_loss", "tfr SoftmaxLoss"),
    hessian=_listnet_hessian,
    pitfall="relevances enter as softmax(target): grades far apart put all weight on the best item",
)
def listnet(ops, pred, target, where, *, labels):
    """Cross-entropy between the softmax of the relevances and the softmax of the scores, top-one ListNet.

    Rax's and TensorFlow Ranking's softmax losses are labels="raw". A list of no relevance costs 0 unless "softmax".
    """
    weights = _label_weights(ops, target, where, labels)
    return -ops.sum(weights * ops.log_softmax(where.keep(pred, _NEVER)))


# pairs of items


Noise = replace(Fraction, name="Noise", description="uniform draws from 0 to 1, one for each item", axes=("L",))
BatchLogits = replace(Logits, name="BatchLogits", description="raw scores over classes of a batch", axes=("N", "K"))


def _differences(ops, x):
    """x_i - x_j in row i and column j."""
    rows = ops.expand(x, x)
    return rows - ops.transpose(rows)


def _above(ops, where, target):
    """Which pairs of real items have the first above the second."""
    rows = ops.expand(target, target)
    return where.real_pairs(ops.transpose(rows) < rows)


def _mean_over_pairs(ops, pairs, values):
    """The mean over the pairs; 0 where there is none."""
    count = ops.sum(ops.sum(ops.where(pairs, ones(ops, values), 0.0)))
    return ops.sum(ops.sum(ops.where(pairs, values, 0.0))) / at_least_1(ops, count)


@define_loss(
    pred=Scores,
    target=Relevance,
    scale=Positive(1.0, search=(0.1, 10.0), doc="what differences of scores are multiplied by"),
    margin=NonNegative(0.0, doc="the scaled difference that costs log 2"),
    claims=dict(convex=True, smooth=True, lipschitz=lambda scale, **_: 1.5 * scale),
    source="Burges et al. 2005, doi:10.1145/1102351.1102363",
    aka=("rax.pairwise_logistic_loss", "allrank rankNet", "tfr PairwiseLogisticLoss", "xgboost rank:pairwise"),
    aliases=("ranknet",),
    pitfall="every pair counts alike: mistakes at the top cost no more than at the bottom",
)
def pairwise_logistic(ops, pred, target, where, *, scale, margin):
    """RankNet: softplus(margin - scale (s_i - s_j)), the mean over the pairs with relevance i above relevance j.

    allRank averages over the pairs of all lists together.
    """
    gaps = margin - scale * _differences(ops, pred)
    return _mean_over_pairs(ops, _above(ops, where, target), ops.softplus(gaps))


@define_loss(
    pred=Scores,
    target=Relevance,
    margin=Positive(1.0, search=(0.1, 10.0), doc="how far the better item must lie above"),
    claims=dict(convex=True, lipschitz=1.5),
    source="Herbrich et al. 1999, doi:10.1049/cp:19991091",
    aka=("rax.pairwise_hinge_loss", "tfr PairwiseHingeLoss"),
    pitfall="not consistent for the area under the ROC curve: pairwise_logistic is",
)
def pairwise_hinge(ops, pred, target, where, *, margin):
    """max(0, margin - (s_i - s_j)), the mean over the pairs with relevance i above relevance j."""
    return _mean_over_pairs(ops, _above(ops, where, target), ops.relu(margin - _differences(ops, pred)))


@define_loss(
    first=Real,
    second=Real,
    first_is_higher=Binary,
    margin=NonNegative(0.0, search=(0.1, 10.0), doc="how far the right one must lie above"),
    wrt=("first", "second"),
    claims=dict(convex=True, lipschitz=1.0),
    source="Herbrich et al. 1999, doi:10.1049/cp:19991091",
    aka=("torch.nn.MarginRankingLoss",),
    pitfall="with margin 0 equal scores cost nothing",
)
def margin_ranking(ops, first, second, first_is_higher, *, margin):
    """max(0, margin - (s_1 - s_2)), the scores exchanged where the second should be the higher one.

    torch.nn.MarginRankingLoss marks the pairs with 1 and -1: its target is 2 first_is_higher - 1.
    """
    return ops.relu(margin - (2.0 * first_is_higher - 1.0) * (first - second))


# NDCG and its relatives


def _gains(ops, target, where):
    """2^y - 1, and 0 for what only fills up."""
    return where.keep(ops.expm1(math.log(2.0) * target), 0.0)


def _discounts(ops, ranks):
    """1/log2(1 + rank), ranks from 0."""
    return math.log(2.0) / ops.log(2.0 + ranks)


def _ranks(ops, pred, where):
    """The rank from 0 of each item by its score, equal ones in their order."""
    order = ops.argsort(where.keep(pred, _NEVER))
    return ops.permute(ops.index(pred), ops.argsort(-order))


def _cut(ops, discounts, ranks, k):
    return discounts if k is None else ops.where(ranks < k, discounts, 0.0)


def _ideal(ops, gains, k):
    """The greatest sum of discounted gains; 1 where nothing is relevant, as then every gain is 0."""
    best, ranks = ops.permute(gains, ops.argsort(gains)), ops.index(gains)
    total = ops.sum(best * _cut(ops, _discounts(ops, ranks), ranks, k))
    return ops.where(total > 0.0, total, 1.0)


@define_loss(
    pred=Scores,
    target=Relevance,
    scale=Positive(1.0, search=(0.1, 10.0), doc="what differences of scores are multiplied by"),
    k=Static(None, low=1, optional=True, doc="the rank below which nothing counts"),
    weighting=Static("lambda", choices=("lambda", "ndcg2", "ndcg2++"), doc="by rank, by distance in rank, by both"),
    mu=Static(10.0, low=0.0, open_low=True, doc="weight of the distance in rank, for ndcg2++"),
    source="Burges 2010, MSR-TR-2010-82; ndcg2 and ndcg2++ Wang et al. 2018, doi:10.1145/3269206.3271784",
    aka=("allrank lambdaLoss", "tfr LambdaWeight", "lightgbm lambdarank", "xgboost rank:ndcg"),
    pitfall="its value jumps where ranks change: watch NDCG itself",
)
def lambda_rank(ops, pred, target, where, *, scale, k, weighting, mu):
    """RankNet's pairs weighted by what exchanging the two would change of NDCG, added up for each list.

    Gains 2^y - 1, discounts 1/log2(1 + rank) of the ranks by the current scores, natural logarithms. allRank takes
    log2 unless told otherwise; Rax multiplies by the length of the list and TensorFlow Ranking's DCG weights start
    from gain y and discount 1/rank.
    """
    gains, ranks = _gains(ops, target, where), _ranks(ops, pred, where)
    discounts = _cut(ops, _discounts(ops, ranks), ranks, k)
    moved = ops.abs(_differences(ops, discounts))
    if weighting != "lambda":
        distance = ops.abs(_differences(ops, ranks))
        steps = ops.abs(_discounts(ops, distance - 1.0 + ops.relu(1.0 - distance)) - _discounts(ops, distance))
        moved = steps if weighting == "ndcg2" else moved + mu * steps
    weights = ops.abs(_differences(ops, gains)) * moved
    costs = ops.softplus(-scale * _differences(ops, pred))
    pairs = ops.where(_above(ops, where, target), ops.stop_gradient(weights) * costs, 0.0)
    return ops.sum(ops.sum(pairs)) / _ideal(ops, gains, k)


@define_loss(
    pred=Scores,
    target=Relevance,
    position_weight=Static(
        None, choices=("log", "power"), optional=True, doc="1/log2(1 + i) or 2^(n - i) - 1 at place i"
    ),
    claims=dict(convex=True, smooth=True),
    source="Xia et al. 2008, doi:10.1145/1390156.1390306; weights Lan et al. 2014, p-ListMLE, UAI",
    aka=("rax.listmle_loss", "allrank listMLE", "tfr ListMLELoss"),
    pitfall="allRank, Rax and TensorFlow Ranking put equal relevances in a random order at each call",
)
def listmle(ops, pred, target, where, *, position_weight):
    """The negative log-likelihood of the right order: each item against all that do not stand above it.

    Σ_i log Σ_{k: y_k <= y_i} e^(s_k - s_i). Items of equal relevance compete with each other, so that their order
    does not matter; with no two equal it is ListMLE as published.
    """
    grades = ops.expand(target, target)
    others = ops.transpose(grades)
    rivals = where.keep_columns(ops.transpose(ops.expand(pred, pred)), _NEVER)
    shares = ops.log_softmax(ops.where(others <= grades, rivals, _NEVER))
    i, j = places(ops, shares)
    rows = -ops.sum(ops.where((i <= j) & (j <= i), shares, 0.0))
    above = where.keep_columns(ops.where(grades < others, ones(ops, shares), 0.0), 0.0)
    place = ops.sum(above)
    if position_weight == "log":
        rows = rows * _discounts(ops, place)
    if position_weight == "power":
        rows = rows * ops.expm1(math.log(2.0) * (ops.expand(where.count(pred), place) - place - 1.0))
    return ops.sum(where.keep(rows, 0.0))


def _soft_ranks(ops, pred, where, temperature):
    """1 + Σ_{j≠i} sigmoid((s_j - s_i)/temperature) for each item."""
    beaten = ops.sigmoid(-_differences(ops, pred) / temperature)
    i, j = places(ops, beaten)
    others = where.keep_pairs(ops.where((i - j) * (i - j) > 0.0, beaten, 0.0), 0.0)
    return 1.0 + ops.sum(others)


@define_loss(
    pred=Scores,
    target=Relevance,
    temperature=Positive(1.0, search=(0.01, 10.0), doc="how soft ranks are; towards 0 it is NDCG itself"),
    claims=dict(smooth=True, bounded=1.0),
    curvature=0.01,  # about the slope of its gradient
    source="Qin et al. 2010, doi:10.1007/s10791-009-9124-x",
    aka=("rax.approx_t12n(rax.ndcg_metric)", "allrank approxNDCGLoss", "tfr ApproxNDCGLoss"),
    pitfall="with a small temperature most gradients vanish; TensorFlow Ranking starts from 0.1",
)
def approx_ndcg(ops, pred, target, where, *, temperature):
    """-NDCG with each rank softened: 1 + Σ_{j≠i} sigmoid((s_j - s_i)/temperature). 0 where nothing is relevant."""
    gains = _gains(ops, target, where)
    soft = ops.sum(gains * _discounts(ops, _soft_ranks(ops, pred, where, temperature) - 1.0))
    return -soft / _ideal(ops, gains, None)


@define_loss(
    pred=Scores,
    target=Relevance,
    temperature=Positive(1.0, search=(0.01, 10.0), doc="how soft ranks are"),
    claims=dict(smooth=True, bounded=1.0),
    curvature=0.01,  # about the slope of its gradient
    source="Qin et al. 2010, doi:10.1007/s10791-009-9124-x",
    aka=("rax.approx_t12n(rax.mrr_metric)", "tfr ApproxMRRLoss"),
    pitfall="meant for one relevant item; several share the weight by their relevance",
)
def approx_mrr(ops, pred, target, where, *, temperature):
    """-Σ y/rank over Σ y with each rank softened: the reciprocal rank. 0 where nothing is relevant."""
    total = ops.sum(where.keep(target, 0.0))
    found = ops.sum(where.keep(target, 0.0) / _soft_ranks(ops, pred, where, temperature))
    return -found / ops.where(total > 0.0, total, 1.0)


@define_loss(
    pred=Scores,
    target=Relevance,
    noise=Noise,
    claims=dict(convex=True, smooth=True, lipschitz=1.0),
    source="Bruch et al. 2021, arXiv:1911.09798",
    aka=("lightgbm rank_xendcg",),
    pitfall="draw fresh noise for every call",
)
def xe_ndcg(ops, pred, target, noise, where):
    """Cross-entropy between the shares 2^y - noise of the items and the softmax of the scores; a bound on NDCG.

    The noise is an input, uniform draws from 0 to 1, so that the loss is a function of its inputs alone.
    """
    raw = where.keep(ops.exp(math.log(2.0) * target) - noise, 0.0)
    total = ops.sum(raw)
    shares = raw / ops.expand(ops.where(total > 0.0, total, 1.0), raw)
    return -ops.sum(shares * ops.log_softmax(where.keep(pred, _NEVER)))


# what judges a whole batch of positives and negatives


@define_loss(
    pred=BatchScores,
    target=BatchBinary,
    margin=Positive(1.0, search=(0.1, 10.0), doc="how far positives must lie above negatives"),
    claims=dict(convex=True),
    source="Gao and Zhou 2015, arXiv:1208.0645",
    aka=("libauc PairwiseAUCLoss('squared_hinge')",),
    pitfall="batches need both classes: a batch with one of them costs 0",
)
def auc_pairwise(ops, pred, target, where, *, margin):
    """max(0, margin - (s⁺ - s⁻))², the mean over all pairs of a positive and a negative of the batch."""
    lack = ops.relu(margin - _differences(ops, pred))
    return _mean_over_pairs(ops, _above(ops, where, target), lack * lack)


@define_loss(
    pred=BatchScores,
    target=BatchBinary,
    margin=Positive(1.0, search=(0.1, 10.0), doc="how far the means of the classes should lie apart"),
    claims=dict(convex=True),
    source="Yuan et al. 2021, arXiv:2012.03173",
    aka=("libauc AUCMLoss",),
    pitfall="batches need both classes: a batch with one of them costs 0",
)
def auc_margin(ops, pred, target, where, *, margin):
    """The variances of the scores of both classes plus max(0, margin - (mean⁺ - mean⁻))².

    The min-max problem of the paper with its three auxiliary variables at their best. LibAUC keeps them as variables,
    takes sigmoid scores, and weights all by p (1 - p), p the share of positives.
    """
    positive, negative = (where.keep(x, 0.0) for x in (target, 1.0 - target))

    def moments(members):
        count = at_least_1(ops, ops.sum(members))
        mean = ops.sum(members * pred) / count
        apart = pred - ops.expand(mean, pred)
        return mean, ops.sum(members * (apart * apart)) / count

    (high, high_variance), (low, low_variance) = moments(positive), moments(negative)
    lack = ops.relu(margin - (high - low))
    both = (ops.sum(positive) > 0.0) & (ops.sum(negative) > 0.0)
    return ops.where(both, high_variance + low_variance + lack * lack, 0.0)


@define_loss(
    pred=BatchScores,
    target=BatchBinary,
    margin=Positive(1.0, search=(0.1, 10.0), doc="how far a positive must lie above what it should beat"),
    claims=dict(bounded=1.0),
    source="Qi et al. 2021, arXiv:2104.08736",
    aka=("libauc APLoss",),
    pitfall="biased on small batches: the authors keep moving averages of both sums, with weight 0.9, between batches",
)
def average_precision(ops, pred, target, where, *, margin):
    """1 - average precision with steps softened: for each positive the share of negatives in what ranks above it.

    A row ranks above a positive by max(0, margin - (s - s_row))², the positive itself included; the mean over the
    positives. 0 in a batch without positives.
    """
    lack = ops.relu(margin - _differences(ops, pred))
    ranked = where.keep_columns(lack * lack, 0.0)
    negatives = ops.transpose(ops.expand(1.0 - target, target))
    wrong, right = ops.sum(ranked * negatives), ops.sum(ranked * (1.0 - negatives))
    members = where.keep(target, 0.0)
    some = wrong > 0.0
    shares = ops.where(some, 1.0 / (1.0 + right / ops.where(some, wrong, 1.0)), 0.0)
    return ops.sum(members * shares) / at_least_1(ops, ops.sum(members))


@define_loss(
    pred=BatchScores,
    target=BatchBinary,
    margin=Positive(1.0, search=(0.1, 10.0), doc="how far positives must lie above negatives"),
    temperature=Positive(1.0, search=(0.1, 10.0), doc="towards 0 only the hardest negative counts"),
    source="Zhu et al. 2022, arXiv:2203.00176",
    aka=("libauc pAUC_DRO_Loss",),
    pitfall="batches need both classes: a batch with one of them costs 0",
)
def partial_auc(ops, pred, target, where, *, margin, temperature):
    """For few false positives: each positive against the negatives, of which the hardest weigh most.

    The mean over positives of temperature x log of the mean over negatives of e^(lack²/temperature), lack being
    max(0, margin - (s⁺ - s⁻)): the soft form of the paper, without its moving averages between batches.
    """
    lack = ops.relu(margin - _differences(ops, pred))
    pairs = _above(ops, where, target)
    costs = ops.where(pairs, lack * lack / temperature, 0.0)
    hardest = ops.stop_gradient(ops.take(costs, ops.argmax(costs)))
    negatives = ops.sum(ops.where(pairs, ones(ops, lack), 0.0))
    some = negatives > 0.0
    below = ops.where(pairs, ops.expm1(costs - ops.expand(hardest, costs)), 0.0)  # log1p of their mean cancels nothing
    rows = ops.where(some, temperature * (hardest + ops.log1p(ops.sum(below) / at_least_1(ops, negatives))), 0.0)
    return ops.sum(rows) / at_least_1(ops, ops.sum(ops.where(some, ones(ops, rows), 0.0)))


@define_loss(
    pred=BatchScores,
    target=BatchBinary,
    beta=Positive(1.0, search=(0.25, 4.0), doc="how much more recall counts than precision"),
    eps=Positive(1e-6, doc="added to the true and false positives and the misses"),
    claims=dict(smooth=True, bounded=1.0),
    source="Jansche 2005, Maximum expected F-measure training of logistic regression models, HLT-EMNLP",
    aka=("pytorch_toolbelt BinarySoftF1Loss",),
    pitfall="flat where all scores are confident; depends on the share of positives in the batch",
)
def soft_fbeta(ops, pred, target, where, *, beta, eps):
    """1 - F_beta with probabilities in place of decisions: counts are sums of sigmoid(score) over the batch."""
    found = ops.sum(where.keep(target * ops.sigmoid(pred), 0.0))
    missed = ops.sum(where.keep(target * ops.sigmoid(-pred), 0.0))
    false = ops.sum(where.keep((1.0 - target) * ops.sigmoid(pred), 0.0))
    wrong = beta * beta * missed + false + eps
    return wrong / ((1.0 + beta * beta) * found + wrong)


@define_loss(
    pred=BatchLogits,
    target=Classes,
    weighting=Static("quadratic", choices=("quadratic", "linear"), doc="how the cost grows with the distance in class"),
    claims=dict(smooth=True),
    source="de la Torre et al. 2018, doi:10.1016/j.patrec.2017.05.018; Cohen 1968, doi:10.1037/h0026256",
    aka=("tensorflow_addons WeightedKappaLoss",),
    pitfall="for ordered classes 0, 1, 2 ...; needs batches in which several classes occur",
)
def weighted_kappa(ops, pred, target, where, *, weighting):
    """1 - Cohen's weighted kappa: observed over expected disagreement, with probabilities in place of decisions.

    0 where no disagreement is to be expected. TensorFlow Addons takes its logarithm, log(loss + 1e-6), which has the
    same minimum and loses its digits where kappa is near 0.
    """
    true = where.keep_rows(target.one_hot(pred), 0.0)
    guessed = where.keep_rows(ops.softmax(pred), 0.0)
    observed = ops.matmul(ops.transpose(true), guessed)
    i, j = places(ops, observed)
    cost = (i - j) * (i - j) if weighting == "quadratic" else ops.abs(i - j)
    of_true, of_guessed = ops.sum(ops.transpose(true)), ops.sum(ops.transpose(guessed))
    rows = ops.sum(of_true)
    by_chance = ops.expand(of_true, of_true) * ops.transpose(ops.expand(of_guessed, of_guessed))
    seen, expected = (ops.sum(ops.sum(cost * counts)) for counts in (observed, by_chance))
    some = expected > 0.0
    return ops.where(some, rows * seen / ops.where(some, expected, 1.0), 0.0)
