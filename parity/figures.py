"""What peers give under one name on small inputs, with the number expected of each: a changed one fails the run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

import losskit as lk


@dataclasses.dataclass(frozen=True)
class Figure:
    """Numbers of several peers, `seen`, beside those expected, to their last digit."""

    what: str
    given: str
    why: str
    expected: Mapping[str, float]
    seen: Mapping[str, float]

    @property
    def stands(self) -> bool:
        return all(
            abs(float(self.seen[who]) - number) <= 6e-4 * max(1.0, abs(number)) for who, number in self.expected.items()
        )

    @property
    def numbers(self) -> str:
        return ", ".join(f"{who} {float(number):.4g}" for who, number in self.seen.items())


def sample_weights() -> Figure:
    import keras

    pred, target, weight = np.array([1.0, 2.0]), np.zeros(2), np.array([3.0, 1.0])
    rows = target[:, None], pred[:, None]
    return Figure(
        "Sample weights",
        "squared errors 1 and 4, weights 3 and 1",
        "Keras divides the weighted sum by the number of rows; its mean_with_sample_weight, scikit-learn and losskit "
        "divide by the weights' sum. losskit gives Keras's number with normalizer=2.",
        {"keras sum_over_batch_size": 3.5, "keras mean_with_sample_weight": 1.75, "losskit": 1.75},
        {
            "keras sum_over_batch_size": keras.losses.MeanSquaredError()(*rows, sample_weight=weight),
            "keras mean_with_sample_weight": keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")(
                *rows, sample_weight=weight
            ),
            "losskit": lk.squared_error()(pred, target, weight=weight),
        },
    )


def class_weights() -> Figure:
    import torch
    import torch.nn.functional as F  # noqa: N812

    scores, ids, weight = np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([1, 1]), (1.0, 3.0)
    z, y = torch.tensor(scores), torch.tensor(ids)
    terms = F.cross_entropy(z, y, weight=torch.tensor(weight).double(), reduction="none")
    return Figure(
        "Class weights",
        "scores (2, 0) and (0, 1), both of class 1, weights 1 and 3",
        "PyTorch's mean and losskit's divide by the weights of the rows' classes; a mean of weighted terms does not.",
        {"torch mean": 1.2201, "mean of torch's terms": 3.6603, "losskit": 1.2201},
        {
            "torch mean": F.cross_entropy(z, y, weight=torch.tensor(weight).double()),
            "mean of torch's terms": terms.mean(),
            "losskit": lk.cross_entropy(class_weight=weight)(scores, ids),
        },
    )


def ignored_rows() -> Figure:
    import segmentation_models_pytorch.losses as smp
    import torch
    import torch.nn.functional as F  # noqa: N812

    z, y = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([1, -100])
    return Figure(
        "Ignored rows",
        "scores (2, 0) of class 1, and a row of id -100",
        "smp divides by all rows, PyTorch and losskit by those kept.",
        {"torch": 2.1269, "smp SoftCrossEntropyLoss": 1.0635, "losskit": 2.1269},
        {
            "torch": F.cross_entropy(z, y),
            "smp SoftCrossEntropyLoss": smp.SoftCrossEntropyLoss(smooth_factor=0.0)(z, y),
            "losskit": lk.cross_entropy()(z, y),
        },
    )


def divergence() -> Figure:
    import keras
    import optax
    import torch
    import torch.nn.functional as F  # noqa: N812

    target, pred = np.array([[0.7, 0.3], [0.5, 0.5]]), np.array([[0.4, 0.6], [0.6, 0.4]])
    logs, p = torch.tensor(np.log(pred)), torch.tensor(target)
    rows = np.asarray(optax.losses.kl_divergence(np.log(pred), target))
    return Figure(
        "KL divergence",
        "targets (.7, .3) and (.5, .5), predictions (.4, .6) and (.6, .4)",
        "PyTorch's default mean divides by rows and classes.",
        {
            "torch mean": 0.0510,
            "torch batchmean": 0.1021,
            "keras": 0.1021,
            "optax, row 1": 0.1838,
            "optax, row 2": 0.0204,
            "losskit": 0.1021,
        },
        {
            "torch mean": F.kl_div(logs, p),
            "torch batchmean": F.kl_div(logs, p, reduction="batchmean"),
            "keras": keras.losses.KLDivergence()(target, pred),
            "optax, row 1": rows[0],
            "optax, row 2": rows[1],
            "losskit": lk.kl_div()(np.log(pred), target),
        },
    )


def huber_and_smooth_l1() -> Figure:
    import torch
    import torch.nn.functional as F  # noqa: N812

    e, zero = torch.tensor([0.2, 3.0]), torch.zeros(2)
    numbers = {}
    for delta in (0.5, 2.0):
        numbers[f"torch huber δ={delta:g}, e=3"] = F.huber_loss(e, zero, delta=delta, reduction="none")[1]
        numbers[f"torch smooth_l1 β={delta:g}, e=3"] = F.smooth_l1_loss(e, zero, beta=delta, reduction="none")[1]
        numbers[f"losskit huber δ={delta:g}, e=3"] = lk.huber(delta=delta).each(e, zero)[1]
    return Figure(
        "Huber and smooth L1",
        "residuals .2 and 3",
        "smooth_l1 is huber divided by its parameter: they agree at 1 alone.",
        {
            "torch huber δ=0.5, e=3": 1.375,
            "torch smooth_l1 β=0.5, e=3": 2.75,
            "losskit huber δ=0.5, e=3": 1.375,
            "torch huber δ=2, e=3": 4.0,
            "torch smooth_l1 β=2, e=3": 2.0,
            "losskit huber δ=2, e=3": 4.0,
        },
        numbers,
    )


def poisson() -> Figure:
    import keras
    import torch
    import torch.nn.functional as F  # noqa: N812

    pred, target = np.array([0.5]), np.array([2.0])
    return Figure(
        "Poisson",
        "pred .5, target 2",
        "PyTorch takes the logarithm of the rate, Keras the rate: losskit has one loss for each.",
        {"torch": 0.6487, "keras": 1.8863, "losskit poisson": 0.6487, "losskit poisson_rate": 1.8863},
        {
            "torch": F.poisson_nll_loss(torch.tensor(pred), torch.tensor(target)),
            "keras": keras.losses.Poisson()(target, pred),
            "losskit poisson": lk.poisson()(pred, target),
            "losskit poisson_rate": lk.poisson_rate()(pred, target),
        },
    )


def cosine() -> Figure:
    import keras
    import optax

    a, b = np.array([[1.0, 0.0]]), np.array([[0.8, 0.6]])
    return Figure(
        "Cosine",
        "(1, 0) and (.8, .6)",
        "Keras gives minus the cosine, the others 1 minus it.",
        {"keras": -0.8, "optax cosine_distance": 0.2, "losskit": 0.2},
        {
            "keras": keras.losses.CosineSimilarity()(b, a),
            "optax cosine_distance": np.asarray(optax.losses.cosine_distance(a, b))[0],
            "losskit": lk.cosine()(a, b),
        },
    )


def many_class_hinges() -> Figure:
    import keras
    import optax
    import torch
    import torch.nn.functional as F  # noqa: N812

    seen, expected = {}, {}
    for scores, numbers in (([0.5, -3.0, -3.0], (0.5, 0.0, 0.0)), ([0.5, 0.2, 0.1], (0.7, 0.7, 0.4333))):
        z = np.array([scores])
        ours = (
            keras.losses.CategoricalHinge()(np.eye(3)[:1], z),
            np.asarray(optax.losses.multiclass_hinge_loss(z, np.array([0])))[0],
            F.multi_margin_loss(torch.tensor(z), torch.tensor([0])),
        )
        names = [f"{who} {tuple(scores)}" for who in ("keras", "optax", "torch multi_margin")]
        seen.update(zip(names, ours, strict=True))
        expected.update(zip(names, numbers, strict=True))
        seen[f"losskit multiclass_hinge {tuple(scores)}"] = lk.multiclass_hinge()(z, np.array([0]))
        seen[f"losskit multi_margin {tuple(scores)}"] = lk.multi_margin()(z, np.array([0]))
    return Figure(
        "Hinge over classes",
        "scores (.5, -3, -3) and (.5, .2, .1), class 0",
        "Keras counts 0 among the other scores; PyTorch sums over all others and divides by the number of classes.",
        expected,
        seen,
    )


def smoothed_binary_labels() -> Figure:
    import keras
    import segmentation_models_pytorch.losses as smp
    import torch

    z, y = np.array([[2.0]]), np.array([[0.0]])
    return Figure(
        "Label smoothing of two classes",
        "score 2, target 0, smoothing .1",
        "Keras and losskit move the target by half the smoothing, to .05; smp by all of it, to .1.",
        {"keras": 2.0269, "smp": 1.9269, "losskit": 2.0269},
        {
            "keras": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)(y, z),
            "smp": smp.SoftBCEWithLogitsLoss(smooth_factor=0.1)(torch.tensor(z), torch.tensor(y)),
            "losskit": lk.binary_cross_entropy(label_smoothing=0.1)(z, y),
        },
    )


def focal_over_classes() -> Figure:
    import kornia.losses
    import monai.losses
    import pytorch_toolbelt.losses as toolbelt
    import segmentation_models_pytorch.losses as smp
    import torch

    z, y = torch.tensor([[0.5, 2.0, -1.0]]), torch.tensor([0])
    return Figure(
        "Focal loss over classes",
        "scores (.5, 2, -1), class 0",
        "MONAI's mean divides by the classes too; smp averages one binary loss for each class; pytorch-toolbelt "
        "multiplies the softmax's weight with the cross-entropy of one sigmoid for each class: another loss.",
        {
            "kornia, alpha=None": 1.1844,
            "monai": 0.3948,
            "smp FocalLoss('multiclass')": 0.5801,
            "toolbelt CrossEntropyFocalLoss": 1.6363,
            "losskit": 1.1844,
        },
        {
            "kornia, alpha=None": kornia.losses.focal_loss(z, y, alpha=None).sum(),
            "monai": monai.losses.FocalLoss(use_softmax=True, to_onehot_y=True)(z, y[:, None]),
            "smp FocalLoss('multiclass')": smp.FocalLoss("multiclass")(z, y),
            "toolbelt CrossEntropyFocalLoss": toolbelt.CrossEntropyFocalLoss()(z, y),
            "losskit": lk.softmax_focal()(z, y),
        },
    )


def several_positives() -> Figure:
    import optax
    import torch
    from pytorch_metric_learning import losses

    draw = np.random.default_rng(0)
    rows, ids = draw.normal(size=(6, 4)), np.array([0, 0, 0, 1, 1, 1])
    x, labels = torch.tensor(rows), torch.tensor(ids)
    return Figure(
        "Contrast with several positives",
        "six random rows, two labels, temperature .5",
        "NT-Xent of pytorch-metric-learning and Optax keeps one positive at a time in the denominator; "
        "supervised contrast keeps all.",
        {
            "pytorch-metric-learning NTXentLoss": 1.709,
            "optax ntxent": 1.709,
            "SupConLoss": 1.940,
            "losskit supcon": 1.940,
        },
        {
            "pytorch-metric-learning NTXentLoss": losses.NTXentLoss(0.5)(x, labels),
            "optax ntxent": optax.losses.ntxent(rows, ids, temperature=0.5),
            "SupConLoss": losses.SupConLoss(0.5)(x, labels),
            "losskit supcon": lk.supcon(temperature=0.5)(rows, ids),
        },
    )


def circle_gradient() -> Figure:
    import keras
    import tensorflow as tf

    draw = np.random.default_rng(0)
    rows, ids = draw.normal(size=(6, 4)), np.array([0, 0, 0, 1, 1, 1])
    x = tf.Variable(rows)
    with tf.GradientTape() as tape:
        value = keras.losses.circle(ids, tf.math.l2_normalize(x, axis=1))
        total = tf.reduce_mean(value)
    theirs = np.linalg.norm(tape.gradient(total, x))
    ours, gradient = lk.circle().value_and_gradient(rows, ids)
    return Figure(
        "Circle loss",
        "six random rows, two labels",
        "The values agree, the gradients do not: the factors of the paper are constants of the gradient, and Keras "
        "differentiates them. The ratio is Keras's gradient norm over losskit's.",
        {"keras": 120.0, "losskit": 120.0, "ratio of the gradients": 1.479},
        {"keras": total, "losskit": ours, "ratio of the gradients": theirs / np.linalg.norm(gradient)},
    )


def odd_norms() -> Figure:
    import optax
    import torch
    import torch.nn.functional as F  # noqa: N812

    a, p, n = np.zeros((1, 2)), np.array([[1.0, 1.0]]), np.array([[-2.0, 0.0]])
    return Figure(
        "**Peer defect**: Optax's triplet margin with norm 1",
        "anchor (0, 0), positive (1, 1), negative (-2, 0)",
        "Both are at distance 2, so that the loss is the margin, 1. Optax adds the differences without their absolute "
        "values: its distances are -2 and 2.",
        {"optax, norm_degree=1": 0.0, "torch, p=1, eps=0": 1.0, "losskit, p=1": 1.0},
        {
            "optax, norm_degree=1": np.asarray(optax.losses.triplet_margin_loss(a, p, n, norm_degree=1))[0],
            "torch, p=1, eps=0": F.triplet_margin_loss(*map(torch.tensor, (a, p, n)), p=1, eps=0.0),
            "losskit, p=1": lk.triplet_margin(p=1)(a, p, n),
        },
    )


def barlow_minimum() -> Figure:
    import monai.losses
    import torch

    z = torch.tensor(np.random.default_rng(0).normal(size=(8, 4)))
    return Figure(
        "**Peer defect**: MONAI's Barlow Twins of equal views",
        "one random batch of 8 rows as both views, off-diagonal terms all but switched off",
        "A dimension's correlation with itself is 1. MONAI divides by the unbiased deviation but sums over N, and "
        "finds 7/8: four dimensions cost (1/8)² each, and no embedding reaches 0.",
        {"monai": 0.0625, "losskit": 0.0},
        {
            "monai": monai.losses.BarlowTwinsLoss(lambd=0.0)(z, z),
            "losskit": lk.barlow_twins(redundancy=1e-12)(z, z),
        },
    )


def empty_mask() -> Figure:
    import keras
    import monai.losses
    import optax
    import segmentation_models_pytorch.losses as smp
    import torch

    scores, nothing = np.zeros((4, 1)), np.zeros((4, 1))
    z, y = torch.tensor(scores.T[None]), torch.tensor(nothing.T[None])
    return Figure(
        "Dice of an empty mask",
        "four pixels of score 0 (probability .5), none of them inside",
        "smp leaves out what is absent; the others find no overlap, to which Optax adds 1 above and below the line.",
        {"keras": 1.0, "monai": 1.0, "smp": 0.0, "optax": 0.5, "losskit": 1.0},
        {
            "keras": keras.losses.dice(y.sigmoid().numpy() * 0, z.sigmoid().numpy()),
            "monai": monai.losses.DiceLoss(sigmoid=True)(z, y),
            "smp": smp.DiceLoss("binary")(z, y),
            "optax": np.asarray(optax.losses.binary_dice_loss(scores[None], nothing[None]))[0],
            "losskit": lk.dice()(scores, nothing),
        },
    )


def list_targets() -> Figure:
    import allrank.models.losses as allrank
    import rax
    import torch

    scores, grades = np.array([[1.0, 0.0, -1.0]]), np.array([[2.0, 1.0, 0.0]])
    s, y = torch.tensor(scores), torch.tensor(grades)
    return Figure(
        "ListNet's targets",
        "scores (1, 0, -1), grades (2, 1, 0)",
        "allRank's listNet and losskit take the softmax of the grades, allRank's binary_listNet their shares; Rax "
        "multiplies with the grades as they are.",
        {
            "allrank listNet": 0.8324,
            "allrank binary_listNet": 0.7409,
            "rax softmax_loss": 2.2228,
            "losskit listnet": 0.8324,
        },
        {
            "allrank listNet": allrank.listNet(s, y),
            "allrank binary_listNet": allrank.binary_listNet(s, y),
            "rax softmax_loss": rax.softmax_loss(scores, grades),
            "losskit listnet": lk.listnet()(scores, grades),
        },
    )


def two_pictures() -> tuple[np.ndarray, np.ndarray]:
    """Scores of two pictures of 24 pixels in one channel, and which of the pixels are inside."""
    draw = np.random.default_rng(0)
    return 2.0 * draw.normal(size=(2, 24, 1)), (draw.random((2, 24, 1)) < 0.3).astype(float)


def pooled_pictures() -> Figure:
    import keras
    import monai.losses
    import optax
    import segmentation_models_pytorch.losses as smp
    import torch

    scores, inside = two_pictures()
    z, y = (torch.tensor(x).movedim(-1, 1) for x in (scores, inside))
    return Figure(
        "Dice of a batch",
        "two random pictures of 24 pixels",
        "Keras and smp pool the pixels of the batch, as MONAI does with batch=True; MONAI, Optax and losskit average "
        "the pictures' losses. Optax starts from smooth=1, which is 2 here.",
        {
            "keras": 0.6590,
            "smp": 0.6590,
            "monai": 0.6956,
            "monai, batch=True": 0.6590,
            "optax": 0.6243,
            "losskit": 0.6956,
            "losskit, smooth=2": 0.6243,
        },
        {
            "keras": keras.losses.dice(inside, z.sigmoid().movedim(1, -1).numpy()),
            "smp": smp.DiceLoss("binary")(z, y),
            "monai": monai.losses.DiceLoss(sigmoid=True)(z, y),
            "monai, batch=True": monai.losses.DiceLoss(sigmoid=True, batch=True)(z, y),
            "optax": np.asarray(optax.losses.binary_dice_loss(scores, inside)).mean(),
            "losskit": lk.dice()(scores, inside),
            "losskit, smooth=2": lk.dice(smooth=2.0)(scores, inside),
        },
    )


def tversky_split() -> Figure:
    import kornia.losses
    import segmentation_models_pytorch.losses as smp
    import torch

    draw = np.random.default_rng(0)
    scores, ids = draw.normal(size=(1, 24, 3)), draw.integers(0, 3, (1, 24))
    z, y = torch.tensor(scores).movedim(-1, 1)[..., None], torch.tensor(ids)[..., None]
    numbers = {}
    for alpha, beta in ((0.3, 0.7), (0.7, 0.3)):
        numbers[f"kornia {alpha}, {beta}"] = kornia.losses.tversky_loss(z, y, alpha, beta)
        numbers[f"smp {alpha}, {beta}"] = smp.TverskyLoss("multiclass", alpha=alpha, beta=beta)(z, y)
        numbers[f"losskit {alpha}, {beta}"] = lk.tversky(alpha=alpha, beta=beta)(scores, ids)
    return Figure(
        "Tversky's two weights",
        "a random picture of 24 pixels and three classes; alpha, beta",
        "All three weigh what is falsely claimed by alpha and what is missed by beta.",
        {name: 0.6803 if name.endswith("0.7") else 0.6859 for name in numbers},
        numbers,
    )


def weighted_pairs() -> Figure:
    import allrank.models.losses as allrank
    import rax
    import torch

    scores, grades = np.array([[1.0, 0.0, -1.0, 0.5]]), np.array([[0.0, 1.0, 2.0, 3.0]])
    s, y = torch.tensor(scores).float(), torch.tensor(grades).float()
    scheme = dict(weighing_scheme="lambdaRank_scheme")
    weights = dict(lambdaweight_fn=lambda *pairs, **rest: rax.dcg_lambdaweight(*pairs, normalize=True, **rest))
    return Figure(
        "LambdaRank",
        "scores (1, 0, -1, .5), grades (0, 1, 2, 3)",
        "allRank starts from logarithms to base 2; Rax multiplies by the length of the list, and starts from the mean "
        "over pairs.",
        {
            "allrank, reduction_log='natural'": 0.8008,
            "allrank": 1.1553,
            "rax, reduce_fn=sum": 3.2030,
            "rax": 0.5338,
            "losskit": 0.8008,
        },
        {
            "allrank, reduction_log='natural'": allrank.lambdaLoss(s, y, reduction_log="natural", **scheme),
            "allrank": allrank.lambdaLoss(s, y, **scheme),
            "rax, reduce_fn=sum": rax.pairwise_logistic_loss(scores, grades, reduce_fn=np.sum, **weights),
            "rax": rax.pairwise_logistic_loss(scores, grades, **weights),
            "losskit": lk.lambda_rank()(scores, grades),
        },
    )


def auc_in_one_mean() -> Figure:
    import torch
    from libauc.losses import AUCMLoss

    scores, target = np.array([[0.8, 0.3, 0.6, 0.2, 0.1]]), np.array([[1.0, 1.0, 0.0, 0.0, 0.0]])
    s, y = torch.tensor(scores[0]).float(), torch.tensor(target[0]).float()
    high, low = s[y > 0.5].mean(), s[y < 0.5].mean()

    def value(version):
        made = AUCMLoss(version=version, device="cpu")
        made.a.data, made.b.data, made.alpha.data = high, low, 1 - high + low
        return made(s, y).detach()

    return Figure(
        "**Peer defect**: LibAUC's AUC margin, version 2",
        "scores .8 and .3 of class 1, .6, .2 and .1 of class 0, the three variables at their best",
        "Version 1 is this loss times p (1 - p), p the share of class 1, and version 2 should be the loss itself. "
        "A bracket that closes too late puts one class's mean inside the other's, over all rows.",
        {"libauc v1 over p (1 - p)": 0.6717, "libauc v2": 0.4917, "losskit": 0.6717},
        {
            "libauc v1 over p (1 - p)": value("v1") / 0.24,
            "libauc v2": value("v2"),
            "losskit": lk.auc_margin()(scores, target),
        },
    )


FIGURES: tuple[Callable[[], Figure], ...] = (
    sample_weights,
    class_weights,
    ignored_rows,
    divergence,
    huber_and_smooth_l1,
    poisson,
    cosine,
    many_class_hinges,
    smoothed_binary_labels,
    focal_over_classes,
    several_positives,
    circle_gradient,
    odd_norms,
    empty_mask,
    pooled_pictures,
    tversky_split,
    list_targets,
    weighted_pairs,
    auc_in_one_mean,
    barlow_minimum,
)
