"""Segmentation: losses over the pixels of a picture, from one raw score for each class or channel.

pred is (B, ..., K), the classes last and pixels between. Class ids (B, ...) mean a softmax over the classes, a target
of pred's shape, 0 or 1 for each channel, a sigmoid for each. One number for each picture: the mean over its classes,
which class_weight weighs; class_weight=[0, 1, 1] leaves the background out. A mask or ignore_index leaves pixels out.
"""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import Classes, Picture, Pixels
from losskit.core.forms import at_least_1, ones
from losskit.core.params import Flag, NonNegative, Positive, Static

_SMOOTH = Positive(1e-5, search=(1e-6, 1.0), doc="added above and below the line; decides what an empty mask costs")


def _regions(ops, pred, target, where):
    """For each class and pixel (K, P) the probability, 1 less it, the truth, 1 less it: all 0 where masked."""
    p, rest = (
        (ops.sigmoid(pred), ops.sigmoid(-pred)) if target.soft else (ops.softmax(pred), ops.one_minus_softmax(pred))
    )
    truth = target.one_hot(pred)
    return [where.keep_columns(ops.transpose(x), 0.0) for x in (p, rest, truth, 1.0 - truth)]


def _overlaps(ops, pred, target, where):
    """For each class the soft counts of pixels that are found, falsely claimed, and missed."""
    p, rest, truth, other = _regions(ops, pred, target, where)
    return ops.sum(p * truth), ops.sum(p * other), ops.sum(rest * truth)


def _dice(ops, pred, target, where, smooth):
    found, false, missed = _overlaps(ops, pred, target, where)
    wrong = false + missed
    return target.mean_over_classes(wrong / (wrong + 2.0 * found + smooth))


def _pixel_costs(ops, pred, target):
    """Cross-entropy of each pixel for ids, the mean binary cross-entropy of its channels for masks."""
    if not target.soft:
        return target.expect(-ops.log_softmax(pred))
    truth = target.one_hot(pred)
    return target.mean_over_classes(truth * ops.softplus(-pred) + (1.0 - truth) * ops.softplus(pred))


def _mean_over_pixels(ops, pred, target, where, costs):
    """The mean over real pixels, over the weights of their classes where these are weighted."""
    if target.soft or target.class_weight is None:
        return where.mean(costs)
    weights = ops.sum(where.keep(target.mass(pred), 0.0))
    return ops.sum(where.keep(costs, 0.0)) / ops.where(weights > 0.0, weights, 1.0)


@define_loss(
    pred=Pixels,
    target=Classes,
    smooth=_SMOOTH,
    squared=Flag(doc="squares of the probabilities in the denominator"),
    claims=dict(smooth=True, bounded=1.0),
    source="Milletari et al. 2016, arXiv:1606.04797; Dice 1945, doi:10.2307/1932409",
    aka=(
        "monai.losses.DiceLoss",
        "segmentation_models_pytorch.losses.DiceLoss",
        "keras.losses.Dice",
        "kornia.losses.dice_loss",
    ),
    pitfall="takes raw scores; a mean over pictures, so pooling a batch first, as Keras does, gives another number",
)
def dice(ops, pred, target, where, *, smooth, squared):
    """1 - (2 I + s)/(P + Y + s), I the overlap of probabilities P and truth Y, for each picture and class.

    An empty mask costs P/(P + s), nearly 1 unless nothing is claimed; segmentation_models_pytorch gives 0 there.
    MONAI agrees (sigmoid=True or softmax=True, smooth_nr = smooth_dr = 1e-5). Keras pools all pixels of the batch and
    takes probabilities; kornia and Keras add s below the line alone; Optax starts from s = 1 and half the counts.
    """
    if not squared:
        return _dice(ops, pred, target, where, smooth)
    p, rest, truth, other = _regions(ops, pred, target, where)
    apart = p * other - rest * truth
    wrong = ops.sum(apart * apart)
    return target.mean_over_classes(wrong / (wrong + 2.0 * ops.sum(p * truth) + smooth))


@define_loss(
    pred=Pixels,
    target=Classes,
    smooth=_SMOOTH,
    claims=dict(smooth=True, bounded=1.0),
    source="Rahman and Wang 2016, doi:10.1007/978-3-319-50835-1_22",
    aka=("segmentation_models_pytorch.losses.JaccardLoss", "monai.losses.DiceLoss(jaccard=True)"),
    aliases=("soft_iou",),
    pitfall="takes raw scores; lovasz_softmax follows the metric itself more closely",
)
def jaccard(ops, pred, target, where, *, smooth):
    """1 - (I + s)/(P + Y - I + s), I the overlap of probabilities P and truth Y, for each picture and class."""
    found, false, missed = _overlaps(ops, pred, target, where)
    wrong = false + missed
    return target.mean_over_classes(wrong / (wrong + found + smooth))


def _tversky(ops, pred, target, where, alpha, beta, smooth):
    found, false, missed = _overlaps(ops, pred, target, where)
    wrong = alpha * false + beta * missed
    return wrong / (wrong + found + smooth)


@define_loss(
    pred=Pixels,
    target=Classes,
    alpha=Positive(0.5, search=(0.1, 0.9), doc="weight of what is falsely claimed"),
    beta=Positive(0.5, search=(0.1, 0.9), doc="weight of what is missed"),
    smooth=_SMOOTH,
    claims=dict(smooth=True, bounded=1.0),
    source="Salehi et al. 2017, arXiv:1706.05721",
    aka=("monai.losses.TverskyLoss", "segmentation_models_pytorch.losses.TverskyLoss", "keras.losses.Tversky"),
    pitfall="alpha weighs false positives and beta misses; some codes exchange the two",
)
def tversky(ops, pred, target, where, *, alpha, beta, smooth):
    """1 - (I + s)/(I + alpha FP + beta FN + s) of the soft counts, for each picture and class; 1/2 and 1/2 is Dice."""
    return target.mean_over_classes(_tversky(ops, pred, target, where, alpha, beta, smooth))


@define_loss(
    pred=Pixels,
    target=Classes,
    alpha=Positive(0.3, search=(0.1, 0.9), doc="weight of what is falsely claimed"),
    beta=Positive(0.7, search=(0.1, 0.9), doc="weight of what is missed"),
    gamma=Positive(0.75, search=(0.5, 3.0), doc="the power; below 1 it raises the cost of nearly right classes"),
    smooth=_SMOOTH,
    claims=dict(bounded=1.0),
    source="Abraham and Khan 2019, arXiv:1810.07842",
    aka=("segmentation_models_pytorch.losses.TverskyLoss(gamma=...)",),
    pitfall="the paper writes the power as 1/gamma with gamma 4/3, which is this 0.75",
)
def focal_tversky(ops, pred, target, where, *, alpha, beta, gamma, smooth):
    """The Tversky loss of each class to the power gamma; segmentation_models_pytorch raises the mean instead."""
    each = _tversky(ops, pred, target, where, alpha, beta, smooth)
    some = each > 0.0
    return target.mean_over_classes(ops.where(some, ops.pow(ops.where(some, each, 1.0), gamma), 0.0))


@define_loss(
    pred=Pixels,
    target=Classes,
    smooth=_SMOOTH,
    claims=dict(smooth=True, bounded=1.0),
    source="Sudre et al. 2017, arXiv:1707.03237",
    aka=("monai.losses.GeneralizedDiceLoss",),
    pitfall="the rarest class rules: weights are 1/size²",
)
def generalized_dice(ops, pred, target, where, *, smooth):
    """Dice over all classes of a picture together, each weighted by 1 over the square of its size.

    A class that is absent takes the largest weight of those present, as in MONAI; class_weight multiplies the weights.
    """
    found, false, missed = _overlaps(ops, pred, target, where)
    truth = where.keep_columns(ops.transpose(target.one_hot(pred)), 0.0)
    size = ops.sum(truth)
    some = size > 0.0
    weight = ops.where(some, 1.0 / ops.where(some, size * size, 1.0), 0.0)
    weight = ops.where(some, weight, ops.expand(ops.take(weight, ops.argmax(weight)), weight))
    if target.class_weight is not None:
        weight = weight * target.class_weight
    wrong = ops.sum(weight * (false + missed))
    return wrong / (wrong + 2.0 * ops.sum(weight * found) + smooth)


@define_loss(
    pred=Pixels,
    target=Classes,
    dice_weight=NonNegative(1.0, search=(0.1, 10.0), doc="weight of Dice"),
    ce_weight=NonNegative(1.0, search=(0.1, 10.0), doc="weight of cross-entropy"),
    smooth=_SMOOTH,
    claims=dict(smooth=True),
    source="Isensee et al. 2021, doi:10.1038/s41592-020-01008-z",
    aka=("monai.losses.DiceCELoss", "nnU-Net DC_and_CE_loss"),
    pitfall="both parts are averaged over a picture before they are added",
)
def dice_ce(ops, pred, target, where, *, dice_weight, ce_weight, smooth):
    """Dice plus the mean cross-entropy of the pixels: over classes for ids, binary for each channel of masks."""
    costs = _pixel_costs(ops, pred, target)
    entropy = _mean_over_pixels(ops, pred, target, where, costs)
    return dice_weight * _dice(ops, pred, target, where, smooth) + ce_weight * entropy


@define_loss(
    pred=Pixels,
    target=Classes,
    dice_weight=NonNegative(1.0, search=(0.1, 10.0), doc="weight of Dice"),
    focal_weight=NonNegative(1.0, search=(0.1, 10.0), doc="weight of the focal part"),
    gamma=NonNegative(2.0, search=(0.5, 5.0), doc="how fast easy pixels lose weight"),
    smooth=_SMOOTH,
    claims=dict(smooth=True),
    source="Zhu et al. 2019, arXiv:1808.05238",
    aka=("monai.losses.DiceFocalLoss",),
    pitfall="MONAI's focal part is one of sigmoids for ids too, averaged over classes and pixels",
)
def dice_focal(ops, pred, target, where, *, dice_weight, focal_weight, gamma, smooth):
    """Dice plus the mean focal loss of the pixels: over classes for ids, binary for each channel of masks."""
    if target.soft:
        truth = target.one_hot(pred)
        positive = ops.exp(-gamma * ops.softplus(pred)) * ops.softplus(-pred)
        negative = ops.exp(-gamma * ops.softplus(-pred)) * ops.softplus(pred)
        costs = target.mean_over_classes(truth * positive + (1.0 - truth) * negative)
    else:
        rest = ops.one_minus_softmax(pred)
        some = rest > 0.0
        weight = ops.where(some, ops.pow(ops.where(some, rest, 1.0), gamma), 0.0)
        costs = target.expect(-weight * ops.log_softmax(pred))
    focal = _mean_over_pixels(ops, pred, target, where, costs)
    return dice_weight * _dice(ops, pred, target, where, smooth) + focal_weight * focal


def _lovasz(ops, errors, truth):
    """Σ of the errors, largest first, times what each adds to the Jaccard loss if it is a mistake: (K, P) to (K).

    The additions are written without differences: 1/U for a pixel of the class, I/(U (U - 1)) for another.
    """
    order = ops.argsort(errors)
    worst_first, true = ops.permute(errors, order), ops.permute(truth, order)
    size = ops.expand(ops.sum(truth), truth)
    union = size + ops.cumsum(1.0 - true)
    others = ops.where(union > 1.0, (size - ops.cumsum(true)) / (union * ops.where(union > 1.0, union - 1.0, 1.0)), 1.0)
    added = ops.where(true > 0.5, 1.0 / ops.where(union > 0.0, union, 1.0), others)
    return ops.sum(worst_first * ops.stop_gradient(added))


@define_loss(
    pred=Pixels,
    target=Classes,
    source="Berman et al. 2018, arXiv:1705.08790; Yu and Blaschko 2015",
    aka=("segmentation_models_pytorch.losses.LovaszLoss(mode='binary')", "kornia.losses.lovasz_hinge_loss"),
    pitfall="masks hold 0 and 1 alone; the loss of a picture without the class is its worst error",
)
def lovasz_hinge(ops, pred, target, where):
    """The Lovász extension of the Jaccard loss at the hinge errors of each channel.

    The errors are max(0, 1 - score) for pixels of the channel and max(0, 1 + score) for the others. Class ids are
    taken as one channel for each class. One number for each picture (per_image=True elsewhere).
    """
    truth = where.keep_columns(ops.transpose(target.one_hot(pred)), 0.0)
    scores = ops.transpose(pred)
    errors = where.keep_columns(ops.relu(1.0 - (2.0 * truth - 1.0) * scores), 0.0)
    return target.mean_over_classes(_lovasz(ops, errors, truth))


@define_loss(
    pred=Pixels,
    target=Classes,
    classes=Static("present", choices=("present", "all"), doc="average over the classes of the picture, or over all"),
    claims=dict(bounded=1.0),
    source="Berman et al. 2018, arXiv:1705.08790",
    aka=("segmentation_models_pytorch.losses.LovaszLoss", "kornia.losses.lovasz_softmax_loss"),
    pitfall="masks hold 0 and 1 alone; start with cross-entropy and change to it",
)
def lovasz_softmax(ops, pred, target, where, *, classes):
    """The Lovász extension of the Jaccard loss at the errors |truth - probability|, for each class.

    kornia averages over all classes.
    """
    p, rest, truth, other = _regions(ops, pred, target, where)
    each = _lovasz(ops, truth * rest + other * p, truth)
    if classes == "all":
        return target.mean_over_classes(each)
    present = ops.where(ops.sum(truth) > 0.0, ones(ops, each), 0.0)
    if target.class_weight is not None:
        present = present * target.class_weight
    total = ops.sum(present)
    return ops.sum(present * each) / ops.where(total > 0.0, total, 1.0)


@define_loss(
    pred=Pixels,
    target=Classes,
    eps=Positive(1e-5, doc="added above and below the line"),
    claims=dict(smooth=True, bounded=2.0),
    source="Abhishek and Hamarneh 2021, arXiv:2010.13454",
    aka=("segmentation_models_pytorch.losses.MCCLoss",),
    pitfall="takes raw scores, where segmentation_models_pytorch takes probabilities",
)
def mcc(ops, pred, target, where, *, eps):
    """1 - Matthews' correlation of the soft counts, for each picture and class."""
    p, rest, truth, other = _regions(ops, pred, target, where)
    found, false, missed, rejected = (ops.sum(x) for x in (p * truth, p * other, rest * truth, rest * other))
    margins = [ops.sum(x) for x in (p, rest, truth, other)]
    some = (margins[2] > 0.0) & (margins[3] > 0.0) & (margins[0] > 0.0) & (margins[1] > 0.0)
    roots = [ops.sqrt(ops.where(some, x, 1.0)) for x in margins]
    spread = ops.where(some, (roots[0] * roots[1]) * (roots[2] * roots[3]), 0.0)
    return target.mean_over_classes(1.0 - (found * rejected - false * missed + eps) / (spread + eps))


@define_loss(
    pred=Pixels,
    target=Classes,
    threshold=Static(
        0.7,
        low=0.0,
        high=1.0,
        open_low=True,
        open_high=True,
        search=(0.5, 0.9),
        doc="pixels whose true class has less probability are hard",
    ),
    min_kept=Static(100000, low=1, doc="at least so many pixels of a picture count, the hardest"),
    source="Shrivastava et al. 2016, arXiv:1604.03540",
    aka=("mmseg OHEMPixelSampler",),
    pitfall="hard pixels are chosen for each picture here, for the batch elsewhere; wrong labels are the hardest",
)
def ohem_ce(ops, pred, target, where, *, threshold, min_kept):
    """Cross-entropy averaged over the hard pixels: true class below `threshold`, and at least `min_kept` of them."""
    costs = where.keep(_pixel_costs(ops, pred, target), -1.0)
    hardest = ops.permute(costs, ops.argsort(costs))
    chance = ops.exp(-hardest)
    hard = ops.where(chance < threshold, ones(ops, hardest), 0.0)
    kept = ops.where(ops.index(hardest) < min_kept, ones(ops, hardest), hard)
    kept = ops.stop_gradient(ops.where(hardest >= 0.0, kept, 0.0))
    return ops.sum(kept * hardest) / at_least_1(ops, ops.sum(kept))


@define_loss(
    pred=Picture,
    claims=dict(convex=True, lipschitz=4.0),
    source="Rudin et al. 1992, doi:10.1016/0167-2789(92)90242-F",
    aka=("kornia.losses.total_variation", "tf.image.total_variation"),
    pitfall="a penalty beside another loss, not a loss to train with alone",
)
def total_variation(ops, pred):
    """The sum of the sizes of the differences between pixels beside and below each other, for each picture (H, W).

    Channels are pictures of their own: TensorFlow adds them up.
    """

    def along_rows(x):
        steps = ops.abs(ops.shift(x, 1) - x)
        return ops.sum(ops.sum(ops.where(ops.index(x) < ops.size(x) - 1.0, steps, 0.0)))

    return along_rows(pred) + along_rows(ops.transpose(pred))
