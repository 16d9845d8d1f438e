"""Classification from raw scores: two classes (targets 0/1) and many (class ids or soft labels)."""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import Binary, Classes, Fraction, Logit, Logits, LogProbs, Margin, Prob
from losskit.core.params import NonNegative, Positive, Static


def _unweighted(pos_weight, label_smoothing):
    return (pos_weight == 1.0) is True and label_smoothing == 0.0  # an array of weights is not


@define_loss(
    pred=Logit,
    target=Fraction,
    pos_weight=Positive(1.0, search=(0.1, 100.0), doc="weight of the positive class"),
    label_smoothing=Static(0.0, low=0.0, high=1.0, doc="target becomes target (1 - ε) + ε/2"),
    claims=dict(
        estimates=lambda **params: "log-odds" if _unweighted(**params) else None,
        convex=True,
        smooth=True,
        lipschitz=lambda pos_weight, **_: 0.5 * (pos_weight + 1.0 + abs(pos_weight - 1.0)),  # the greater of it and 1
        proper=_unweighted,
    ),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
    aka=(
        "torch.nn.BCEWithLogitsLoss",
        "keras.losses.BinaryCrossentropy(from_logits=True)",
        "optax.losses.sigmoid_binary_cross_entropy",
        "lightgbm binary",
        "xgboost binary:logistic",
        "sklearn log_loss",
    ),
    aliases=("bce", "log_loss", "logistic"),
    pitfall="takes the raw score: a sigmoid before it is applied twice",
)
def binary_cross_entropy(ops, pred, target, *, pos_weight, label_smoothing):
    """The negative log-likelihood of a 0/1 target, from its log-odds."""
    if label_smoothing:
        target = target * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return pos_weight * target * ops.softplus(-pred) + (1.0 - target) * ops.softplus(pred)


@define_loss(
    pred=Prob,
    target=Fraction,
    claims=dict(convex=True, smooth=True, proper=True, estimates="mean"),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
    aka=("torch.nn.BCELoss", "keras.losses.BinaryCrossentropy"),
    pitfall="a sigmoid may round to 0 or 1, outside the domain: binary_cross_entropy takes the raw score and cannot",
)
def binary_cross_entropy_probs(ops, pred, target):
    """The negative log-likelihood of a 0/1 target, from its probability."""
    return -target * ops.log(pred) - (1.0 - target) * ops.log1p(-pred)


def _signed(pred, target):
    """The score towards the true class: pred for 1, -pred for 0."""
    return (2.0 * target - 1.0) * pred


@define_loss(
    pred=Margin,
    target=Binary,
    margin=Positive(1.0, doc="the score a right answer must reach"),
    claims=dict(convex=True, lipschitz=1.0, estimates="sign"),
    source="Cortes and Vapnik 1995, doi:10.1007/BF00994018",
    aka=("keras.losses.Hinge", "sklearn hinge", "optax.losses.hinge_loss"),
    pitfall="gives no probabilities",
)
def hinge(ops, pred, target, *, margin):
    """What the score towards the true class lacks to reach `margin`."""
    return ops.relu(margin - _signed(pred, target))


@define_loss(
    pred=Margin,
    target=Binary,
    margin=Positive(1.0, doc="the score a right answer must reach"),
    claims=dict(convex=True, estimates="sign"),
    source="Rosasco et al. 2004, doi:10.1162/089976604773135104",
    aka=("keras.losses.SquaredHinge", "sklearn squared_hinge"),
)
def squared_hinge(ops, pred, target, *, margin):
    """The square of what the score towards the true class lacks to reach `margin`."""
    lack = ops.relu(margin - _signed(pred, target))
    return lack * lack


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(convex=True, smooth=True, proper=True, estimates="half the log-odds"),
    source="Freund and Schapire 1997, doi:10.1006/jcss.1997.1504",
    aka=("sklearn ExponentialLoss", "AdaBoost"),
    link=lambda ops, pred: ops.sigmoid(2.0 * pred),
    pitfall="one mislabelled row far on the wrong side outweighs all others",
)
def exponential(ops, pred, target):
    """AdaBoost's loss: exp of minus the score towards the true class."""
    return ops.exp(-_signed(pred, target))


def _huberized_probability(ops, pred):
    return 0.5 * (ops.relu(pred + 1.0) - ops.relu(pred - 1.0))


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(convex=True, lipschitz=4.0, proper=True, estimates="sign"),
    source="Zhang 2004, doi:10.1214/aos/1079120130",
    aka=("sklearn modified_huber",),
    link=_huberized_probability,
)
def modified_huber(ops, pred, target):
    """Squared hinge that turns linear beyond a score of -1: a wrong label costs less."""
    s = _signed(pred, target)
    lack = ops.relu(1.0 - s)
    return ops.where(s >= -1.0, lack * lack, -4.0 * s)


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(convex=True, lipschitz=1.0),
    source="Rosenblatt 1958, doi:10.1037/h0042519",
    aka=("sklearn perceptron", "optax.losses.perceptron_loss"),
    pitfall="a score of 0 everywhere costs nothing: it needs mini-batches and a good start",
)
def perceptron(ops, pred, target):
    """How far the score lies on the wrong side of 0."""
    return ops.relu(-_signed(pred, target))


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(trainable=False, bounded=1.0, estimates="sign"),
    source="Bartlett et al. 2006, doi:10.1198/016214505000000907",
    aka=("sklearn zero_one_loss",),
    pitfall="binary_cross_entropy, hinge",
)
def zero_one(ops, pred, target):
    """1 where the class is wrong, 0 where it is right; a score above 0 means class 1."""
    return ops.where(pred > 0.0, 1.0 - target, target)


@define_loss(
    pred=Logit,
    target=Fraction,
    claims=dict(smooth=True, bounded=1.0, lipschitz=8.0 / 27.0, proper=True, estimates="log-odds"),
    source="Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
    aka=("sklearn brier_score_loss",),
    curvature=lambda ops, pred, target: 0.5 * (ops.sigmoid(pred) * ops.sigmoid(-pred)),
    pitfall="not convex in the score: confident mistakes have almost no gradient",
)
def brier(ops, pred, target):
    """The squared error of the probability sigmoid(pred)."""
    # p - y as (1-y) p - y (1-p): for a target of 0 or 1 the small one of p and 1-p stays exact.
    d = (1.0 - target) * ops.sigmoid(pred) - target * ops.sigmoid(-pred)
    return d * d


def _softmax_hessian(ops, pred, target, *, label_smoothing):
    mass = target.smoothed(label_smoothing).mass(pred)
    return ops.expand(mass, pred) * (ops.softmax(pred) * ops.one_minus_softmax(pred))


@define_loss(
    pred=Logits,
    target=Classes,
    label_smoothing=Static(0.0, low=0.0, high=1.0, doc="target becomes (1 - ε) target + ε/K"),
    claims=dict(
        convex=True,
        smooth=True,
        lipschitz=1.0,
        proper=lambda label_smoothing: label_smoothing == 0.0,
        estimates=lambda label_smoothing: "log-probabilities" if label_smoothing == 0.0 else None,
    ),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x; smoothing Szegedy et al. 2016, arXiv:1512.00567",
    aka=(
        "torch.nn.CrossEntropyLoss",
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        "optax.losses.softmax_cross_entropy_with_integer_labels",
        "lightgbm multiclass",
        "xgboost multi:softprob",
    ),
    aliases=("ce",),
    hessian=_softmax_hessian,
    pitfall="takes raw scores: a softmax before it is applied twice",
)
def cross_entropy(ops, pred, target, *, label_smoothing):
    """The negative log-likelihood of the class, from one raw score for each class."""
    return target.smoothed(label_smoothing).expect(-ops.log_softmax(pred))


@define_loss(
    pred=LogProbs,
    target=Classes,
    claims=dict(convex=True, smooth=True, lipschitz=1.0, proper=True),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
    aka=("torch.nn.NLLLoss",),
    pitfall="takes logarithms of probabilities, of a log_softmax for example: cross_entropy takes raw scores",
)
def nll(ops, pred, target):
    """Minus the log-probability of the class."""
    return target.expect(-pred)


def _softmax_curvature(ops, pred, target, **_):
    return ops.softmax(pred) * ops.one_minus_softmax(pred)


def _poly_slope(epsilon):
    """The largest (1-p)(1 + εp): inside (0, 1) where ε > 1."""
    return 1.0 if epsilon <= 1.0 else (1.0 + epsilon) ** 2 / (4.0 * epsilon)


@define_loss(
    pred=Logits,
    target=Classes,
    epsilon=NonNegative(1.0, search=(0.5, 4.0), doc="weight of the term 1 - p; 0 is cross-entropy"),
    claims=dict(smooth=True, lipschitz=_poly_slope, convex=lambda epsilon: epsilon <= 1.0),
    source="Leng et al. 2022, arXiv:2204.12511",
    aka=("optax.losses.poly_loss_cross_entropy",),
    curvature=_softmax_curvature,
    pitfall="not proper; optax.losses.poly_loss_cross_entropy starts from epsilon=2",
)
def poly1(ops, pred, target, *, epsilon):
    """Cross-entropy plus `epsilon` times 1 - p, p the probability of the class."""
    return target.expect(epsilon * ops.one_minus_softmax(pred) - ops.log_softmax(pred))
