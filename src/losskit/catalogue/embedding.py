"""Embeddings: losses over vectors, from pairs and triplets to whole batches.

A loss over a batch takes rows (N, D) and gives one number; axes before these are further batches. Nothing has to be
normalised before: a loss on cosines divides by the lengths itself, and a row of zeros has cosine 0 with every other.
"""

from __future__ import annotations

import math
from dataclasses import replace

from losskit.core.define import define_loss
from losskit.core.domains import Binary, Classes, Cosines, Embeddings, Groups, Vector
from losskit.core.forms import at_least_1, norm, ones, places
from losskit.core.params import Flag, NonNegative, Param, Positive, Static

_NEVER = -1e30  # a score whose share is 0 in every dtype
_FAR = 1e30  # a distance that no pair has

Proxies = replace(Embeddings, name="Proxies", description="one proxy for each class", axes=("K", "D"))
Similarity = replace(Embeddings, name="Similarity", description="how alike the two rows of a pair are", axes=("N",))
_PAIR = ("anchor", "positive")


def _unit(ops, x):
    """Each vector at length 1; a vector of zeros stays."""
    length = norm(ops, x)
    return x / ops.expand(ops.where(length > 0.0, length, 1.0), x)


def _cosines(ops, a, b):
    return ops.matmul(_unit(ops, a), ops.transpose(_unit(ops, b)))


def _on_diagonal(ops, matrix):
    i, j = places(ops, matrix)
    return (i <= j) & (j <= i)


def _off_diagonal(ops, matrix):
    i, j = places(ops, matrix)
    return (i - j) * (i - j) > 0.0


def _diagonal(ops, matrix):
    return ops.sum(ops.where(_on_diagonal(ops, matrix), matrix, 0.0))


def _same(ops, labels):
    """Which pairs of rows have one label."""
    rows = ops.expand(labels, labels)
    columns = ops.transpose(rows)
    return (rows <= columns) & (columns <= rows)


def _largest(ops, x):
    return ops.take(x, ops.argmax(x))


def _mean_over(ops, some, values):
    """The mean over the entries where `some` holds; 0 where it holds nowhere."""
    count = ops.sum(ops.where(some, ones(ops, values), 0.0))
    return ops.sum(ops.where(some, values, 0.0)) / at_least_1(ops, count)


# pairs and triplets of vectors


def _one_minus_cosine(ops, a, b):
    """Half the squared distance of the directions, exact for vectors that nearly agree; 1 beside a vector of zeros."""
    some = (norm(ops, a) > 0.0) & (norm(ops, b) > 0.0)
    apart = _unit(ops, a) - _unit(ops, b)
    return ops.where(some, 0.5 * ops.sum(apart * apart), 1.0)


@define_loss(
    pred=Vector,
    target=Vector,
    claims=dict(bounded=2.0, scale_invariant=True, zero_at_target=True),
    source="Salton et al. 1975, doi:10.1145/361219.361220",
    aka=("keras.losses.CosineSimilarity", "optax.losses.cosine_distance"),
    pitfall="blind to the length of a vector; beside a vector of zeros it is 1 and has no gradient",
)
def cosine(ops, pred, target):
    """1 - cos of the angle between two vectors.

    keras.losses.CosineSimilarity gives -cos: subtract 1. optax.losses.cosine_distance adds an epsilon to the lengths.
    """
    return _one_minus_cosine(ops, pred, target)


@define_loss(
    pred=Vector,
    target=Vector,
    similar=Binary,
    margin=Param(0.0, low=-1.0, high=1.0, doc="the cosine that a pair which is not alike may have at no cost"),
    wrt=("pred", "target"),
    claims=dict(bounded=2.0, scale_invariant=True),
    source="Chopra et al. 2005, doi:10.1109/CVPR.2005.202",
    aka=("torch.nn.CosineEmbeddingLoss",),
    pitfall="blind to the length of a vector; beside a vector of zeros it has no gradient",
)
def cosine_embedding(ops, pred, target, similar, *, margin):
    """1 - cos for a pair that is alike (`similar` 1), what cos has above `margin` for one that is not (0).

    torch.nn.CosineEmbeddingLoss marks the pairs with 1 and -1: its target is 2 similar - 1.
    """
    above = ops.relu(ops.sum(_unit(ops, pred) * _unit(ops, target)) - margin)
    return ops.where(similar > 0.0, _one_minus_cosine(ops, pred, target), above)


@define_loss(
    pred=Vector,
    target=Vector,
    similar=Binary,
    margin=Positive(1.0, search=(0.1, 10.0), doc="the distance from which a pair that is not alike costs nothing"),
    half=Flag(doc="half of it, as in the paper"),
    wrt=("pred", "target"),
    source="Hadsell et al. 2006, doi:10.1109/CVPR.2006.100",
    aka=("tensorflow_addons ContrastiveLoss", "sentence_transformers ContrastiveLoss"),
    pitfall="the margin is in the units of the embeddings: normalise them, or tune it",
)
def contrastive(ops, pred, target, similar, *, margin, half):
    """d² for a pair that is alike (`similar` 1), max(0, margin - d)² for one that is not (0); d the distance.

    sentence-transformers takes half of it, on 1 - cos, from margin 0.5. pytorch-metric-learning takes the hinges
    without squaring them and averages those that are not 0.
    """
    apart = pred - target
    lack = ops.relu(margin - norm(ops, apart))
    each = ops.where(similar > 0.0, ops.sum(apart * apart), lack * lack)
    return 0.5 * each if half else each


@define_loss(
    anchor=Vector,
    positive=Vector,
    negative=Vector,
    margin=Positive(1.0, search=(0.05, 5.0), doc="how much nearer the positive must be"),
    p=Static(2, choices=(1, 2), doc="the norm of the distance"),
    swap=Flag(doc="take the negative's distance from the positive where that is smaller"),
    soft=Flag(doc="softplus of the difference of the distances, without a margin"),
    wrt=("anchor", "positive", "negative"),
    claims=dict(lipschitz=2.0),
    source="Schroff et al. 2015, arXiv:1503.03832; swap Balntas et al. 2016, doi:10.5244/C.30.119",
    aka=("torch.nn.TripletMarginLoss", "optax.losses.triplet_margin_loss", "sentence_transformers TripletLoss"),
    pitfall="most triplets soon cost nothing: mine hard ones, or take a loss over the batch",
)
def triplet_margin(ops, anchor, positive, negative, *, margin, p, swap, soft):
    """What the positive lacks to be nearer to the anchor than the negative by `margin`: max(0, d(a,p) - d(a,n) + m).

    Distances have no epsilon and slope 0 where they are 0; PyTorch adds 1e-6 to each difference. Other margins:
    pytorch-metric-learning 0.05 on normalised embeddings, sentence-transformers 5. `soft` is Hermans et al. 2017.
    """

    def distance(a, b):
        return norm(ops, a - b) if p == 2 else ops.sum(ops.abs(a - b))

    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        other = distance(positive, negative)
        far = ops.where(far <= other, far, other)
    return ops.softplus(near - far) if soft else ops.relu(near - far + margin)


# cosines with the centre of each class


def _entropy_of(ops, cosines, target, pulled, scale):
    """Cross-entropy of scale x cosines, the true class's cosine replaced by `pulled`."""
    moved = cosines + target.one_hot(cosines) * (pulled - cosines)
    return target.expect(-ops.log_softmax(scale * moved))


@define_loss(
    pred=Cosines,
    target=Classes,
    scale=Positive(64.0, search=(8.0, 128.0), doc="what cosines are multiplied by"),
    margin=Static(0.5, low=0.0, high=math.pi / 2, doc="the angle in radians added to that of the true class"),
    source="Deng et al. 2019, arXiv:1801.07698",
    aka=("pytorch_metric_learning ArcFaceLoss", "tensorflow_similarity ArcFaceLoss"),
    pitfall="takes cosines, of normalised embeddings and normalised class centres, not raw scores",
)
def arcface(ops, pred, target, *, scale, margin):
    """Cross-entropy of scaled cosines, with `margin` added to the angle of the true class: scale cos(θ + margin).

    Beyond θ = π - margin, where cos(θ + margin) would rise again, it is cos θ - margin sin(margin), as the authors'
    code has it. pytorch-metric-learning takes the margin in degrees (28.6) and holds the class centres itself.
    """
    squares = (1.0 - pred) * (1.0 + pred)
    inside = squares > 0.0
    sine = ops.where(inside, ops.sqrt(ops.where(inside, squares, 1.0)), 0.0)
    turned = pred * math.cos(margin) - sine * math.sin(margin)
    pulled = ops.where(pred > -math.cos(margin), turned, pred - margin * math.sin(margin))
    return _entropy_of(ops, pred, target, pulled, scale)


@define_loss(
    pred=Cosines,
    target=Classes,
    scale=Positive(64.0, search=(8.0, 128.0), doc="what cosines are multiplied by"),
    margin=NonNegative(0.35, search=(0.1, 0.5), doc="taken from the cosine of the true class"),
    claims=dict(smooth=True, convex=True),
    source="Wang et al. 2018, arXiv:1801.09414",
    aka=("pytorch_metric_learning CosFaceLoss",),
    pitfall="takes cosines, of normalised embeddings and normalised class centres, not raw scores",
)
def cosface(ops, pred, target, *, scale, margin):
    """Cross-entropy of scaled cosines, with `margin` taken from that of the true class."""
    return target.expect(-ops.log_softmax(scale * (pred - margin * target.one_hot(pred))))


@define_loss(
    pred=Cosines,
    target=Classes,
    temperature=Positive(0.05, search=(0.01, 1.0), doc="what cosines are divided by"),
    claims=dict(smooth=True, convex=True),
    source="Zhai and Wu 2019, arXiv:1811.12649",
    aka=("pytorch_metric_learning NormalizedSoftmaxLoss",),
    pitfall="takes cosines, of normalised embeddings and normalised class centres, not raw scores",
)
def normalized_softmax(ops, pred, target, *, temperature):
    """Cross-entropy of cosines divided by `temperature`."""
    return target.expect(-ops.log_softmax(pred / temperature))


# two views of a batch


def _lost_in_rows(ops, where, scores):
    """-log softmax of the diagonal, for each row: each anchor against all columns."""
    return -_diagonal(ops, ops.log_softmax(where.keep_columns(scores, _NEVER)))


@define_loss(
    anchor=Embeddings,
    positive=Embeddings,
    temperature=Positive(0.05, search=(0.01, 1.0), doc="what cosines are divided by"),
    symmetric=Flag(doc="the mean of both directions, as CLIP has it"),
    wrt=_PAIR,
    claims=dict(smooth=True, scale_invariant=True),
    source="van den Oord et al. 2018, arXiv:1807.03748; both directions Radford et al. 2021, arXiv:2103.00020",
    aka=("sentence_transformers MultipleNegativesRankingLoss", "open_clip ClipLoss", "clip loss"),
    aliases=("clip",),
    pitfall="every other row of the batch is a negative: equal items in one batch push each other away",
)
def info_nce(ops, anchor, positive, where, *, temperature, symmetric):
    """Cross-entropy of each anchor's cosines with all positives against its own: the mean over the batch's rows.

    sentence-transformers multiplies the cosines by 20, a temperature of 0.05. `symmetric=True` is CLIP's loss.
    """
    scores = _cosines(ops, anchor, positive) / temperature
    rows = _lost_in_rows(ops, where, scores)
    if symmetric:
        rows = 0.5 * (rows + _lost_in_rows(ops, where, ops.transpose(scores)))
    return where.mean(rows)


@define_loss(
    anchor=Embeddings,
    positive=Embeddings,
    temperature=Positive(0.5, search=(0.05, 1.0), doc="what cosines are divided by"),
    wrt=_PAIR,
    claims=dict(smooth=True, scale_invariant=True),
    source="Chen et al. 2020, arXiv:2002.05709",
    aka=("pytorch_metric_learning NTXentLoss", "lightly NTXentLoss", "monai.losses.ContrastiveLoss"),
    aliases=("ntxent", "simclr"),
    pitfall="needs large batches: every other row of both views is a negative",
)
def nt_xent(ops, anchor, positive, where, *, temperature):
    """SimCLR's loss: each row of the two views against all other rows of both, the mean over the 2N rows.

    MONAI calls it ContrastiveLoss. Temperatures of the peers: 0.5 in MONAI and lightly, 0.07 in Optax and
    pytorch-metric-learning. Several positives for one anchor are supcon's case.
    """
    between = _cosines(ops, anchor, positive) / temperature

    def rows(own, across):
        within = _cosines(ops, own, own) / temperature
        within = where.keep_columns(ops.where(_off_diagonal(ops, within), within, _NEVER), _NEVER)
        others = ops.logsumexp(within) - ops.logsumexp(where.keep_columns(across, _NEVER))
        return _lost_in_rows(ops, where, across) + ops.softplus(others)

    return 0.5 * where.mean(rows(anchor, between) + rows(positive, ops.transpose(between)))


@define_loss(
    anchor=Embeddings,
    positive=Embeddings,
    l2=NonNegative(0.0, search=(1e-4, 0.1), doc="weight of a quarter of the squared lengths"),
    wrt=_PAIR,
    claims=dict(smooth=True),
    source="Sohn 2016, Improved deep metric learning with multi-class N-pair loss objective, NIPS",
    aka=("tensorflow_addons npairs_loss", "pytorch_metric_learning NPairsLoss"),
    pitfall="dot products, not cosines: without l2 the lengths grow",
)
def n_pairs(ops, anchor, positive, where, *, l2):
    """Cross-entropy of each anchor's dot products with all positives against its own, plus l2 (|a|² + |p|²)/4.

    Row i of both belongs to class i, and each class stands once in a batch.
    """
    rows = _lost_in_rows(ops, where, ops.matmul(anchor, ops.transpose(positive)))
    return where.mean(rows + 0.25 * l2 * (ops.sum(anchor * anchor) + ops.sum(positive * positive)))


@define_loss(
    anchor=Embeddings,
    positive=Embeddings,
    scale=Positive(10.0, search=(1.0, 100.0), doc="what cosines are multiplied by; the paper learns its logarithm"),
    bias=Param(-10.0, doc="what is added to them; the paper learns it"),
    wrt=_PAIR,
    claims=dict(smooth=True, scale_invariant=True),
    source="Zhai et al. 2023, arXiv:2303.15343",
    aka=("open_clip SigLipLoss",),
    pitfall="scale and bias are meant to be learned: lk.to_torch(lk.siglip(), learn=('scale', 'bias'))",
)
def siglip(ops, anchor, positive, where, *, scale, bias):
    """Each pair of a batch as a yes (on the diagonal) or no: Σ_j softplus(∓(scale cos + bias)), the mean over rows."""
    scores = scale * _cosines(ops, anchor, positive) + bias
    pairs = ops.where(_on_diagonal(ops, scores), ops.softplus(-scores), ops.softplus(scores))
    return where.mean(ops.sum(where.keep_columns(pairs, 0.0)))


def _centred(ops, where, columns):
    """Each row of (D, N) less its mean over the real items; 0 for the others."""
    mean = ops.sum(where.keep_columns(columns, 0.0)) / where.column_counts(columns)
    return where.keep_columns(columns - ops.expand(mean, columns), 0.0)


@define_loss(
    anchor=Embeddings,
    positive=Embeddings,
    redundancy=Positive(0.005, search=(1e-3, 0.1), doc="weight of the correlations between different dimensions"),
    wrt=_PAIR,
    source="Zbontar et al. 2021, arXiv:2103.03230",
    aka=("lightly BarlowTwinsLoss", "monai.losses.BarlowTwinsLoss"),
    pitfall="a sum over D and D² terms: its size grows with the dimension",
)
def barlow_twins(ops, anchor, positive, where, *, redundancy):
    """Σ_i (1 - C_ii)² + redundancy Σ_{i≠j} C_ij², C the correlations of the two views' dimensions over the batch.

    Population standard deviations, so that equal views give C_ii = 1. MONAI divides by N after an unbiased deviation,
    so that its C_ii is at most (N - 1)/N. A dimension that is constant over the batch has correlation 0.
    """
    a, b = (_unit(ops, _centred(ops, where, ops.transpose(x))) for x in (anchor, positive))
    some = (norm(ops, a) > 0.0) & (norm(ops, b) > 0.0)
    apart = ops.where(some, 0.5 * ops.sum((a - b) * (a - b)), 1.0)
    correlations = ops.matmul(a, ops.transpose(b))
    others = ops.where(_off_diagonal(ops, correlations), correlations * correlations, 0.0)
    return ops.sum(apart * apart) + redundancy * ops.sum(ops.sum(others))


@define_loss(
    anchor=Embeddings,
    positive=Embeddings,
    similarity=NonNegative(25.0, doc="weight of the squared distance of the views"),
    variance=NonNegative(25.0, doc="weight of what the standard deviations lack to 1"),
    covariance=NonNegative(1.0, doc="weight of the covariances between different dimensions"),
    eps=Positive(1e-4, doc="added to the variances"),
    wrt=_PAIR,
    source="Bardes et al. 2022, arXiv:2105.04906",
    aka=("lightly VICRegLoss", "pytorch_metric_learning VICRegLoss"),
    pitfall="needs more than one row: variances are over the batch, divided by N - 1",
)
def vicreg(ops, anchor, positive, where, *, similarity, variance, covariance, eps):
    """Views alike (mean squared error), dimensions spread (variance) and unlike each other (covariance).

    variance: the mean over both views and all dimensions of max(0, 1 - sqrt(var + eps)), the half of the two views'
    sum, as pytorch-metric-learning and lightly have it. covariance: Σ_{i≠j} cov², over D, added for the two views.
    """
    views = [_centred(ops, where, ops.transpose(x)) for x in (anchor, positive)]
    apart = anchor - positive
    total = similarity * where.mean(ops.sum(apart * apart) / ops.size(apart))
    for view in views:
        fewer = at_least_1(ops, where.column_counts(view) - 1.0)
        lack = ops.relu(1.0 - ops.sqrt(ops.sum(view * view) / fewer + eps))
        covariances = ops.matmul(view, ops.transpose(view)) / ops.expand(fewer, fewer)
        others = ops.where(_off_diagonal(ops, covariances), covariances * covariances, 0.0)
        dimensions = ops.size(lack)
        total = total + 0.5 * variance * (ops.sum(lack) / dimensions)
        total = total + covariance * (ops.sum(ops.sum(others)) / dimensions)
    return total


@define_loss(
    anchor=Embeddings,
    positive=Embeddings,
    target=Similarity,
    scale=Positive(20.0, search=(1.0, 100.0), doc="what differences of cosines are multiplied by"),
    wrt=_PAIR,
    claims=dict(smooth=True, scale_invariant=True),
    source="Su 2022, https://kexue.fm/archives/8847",
    aka=("sentence_transformers CoSENTLoss",),
    pitfall="only the order of the targets counts, not their distances",
)
def cosent(ops, anchor, positive, target, where, *, scale):
    """log(1 + Σ e^(scale (s_i - s_j))) over rows with target i below target j, s the cosine of a row's two vectors."""
    cosines = scale * ops.sum(_unit(ops, anchor) * _unit(ops, positive))
    rows, wanted = ops.expand(cosines, cosines), ops.expand(target, target)
    wrong = where.real_pairs(wanted < ops.transpose(wanted))
    gaps = ops.where(wrong, rows - ops.transpose(rows), _NEVER)
    return ops.softplus(ops.logsumexp(ops.logsumexp(gaps)))


# batches with labels


def _pairs(ops, where, target, matrix):
    """Which pairs of different real rows have one label, and which have two."""
    same = _same(ops, target)
    unlike = ops.where(same, 0.0, ones(ops, matrix)) > 0.5
    return where.real_pairs(same & _off_diagonal(ops, matrix)), where.real_pairs(unlike)


def _counts(ops, pairs, matrix):
    """For each row the number of its pairs."""
    return ops.sum(ops.where(pairs, ones(ops, matrix), 0.0))


@define_loss(
    pred=Embeddings,
    target=Groups,
    temperature=Positive(0.1, search=(0.05, 1.0), doc="what cosines are divided by"),
    claims=dict(smooth=True, scale_invariant=True),
    source="Khosla et al. 2020, arXiv:2004.11362",
    aka=("pytorch_metric_learning SupConLoss",),
    pitfall="a row with no other of its label is left out of the mean",
)
def supcon(ops, pred, target, where, *, temperature):
    """For each row -log softmax of its cosines with all other rows, averaged over those of its label.

    The mean is over the rows that have another of their label. With two rows a label it is nt_xent; NT-Xent in
    pytorch-metric-learning and Optax keeps one positive at a time in the denominator, this one keeps all.
    """
    scores = _cosines(ops, pred, pred) / temperature
    alike, _ = _pairs(ops, where, target, scores)
    log_shares = ops.log_softmax(where.keep_columns(ops.where(_off_diagonal(ops, scores), scores, _NEVER), _NEVER))
    counts = _counts(ops, alike, scores)
    rows = -ops.sum(ops.where(alike, log_shares, 0.0)) / at_least_1(ops, counts)
    return _mean_over(ops, counts > 0.0, rows)


@define_loss(
    pred=Embeddings,
    target=Groups,
    margin=Positive(1.0, search=(0.05, 5.0), doc="how much nearer the positive must be"),
    soft=Flag(doc="softplus of the difference of the distances, without a margin"),
    source="Hermans et al. 2017, arXiv:1703.07737",
    aka=("pytorch_metric_learning BatchHardMiner + TripletMarginLoss", "tensorflow_addons TripletHardLoss"),
    pitfall="one wrong label is every anchor's hardest example; it may collapse to one point early in training",
)
def batch_hard_triplet(ops, pred, target, where, *, margin, soft):
    """max(0, margin + d(farthest of its label) - d(nearest of another)), the mean over the rows that have both.

    Euclidean distances of the embeddings as they are; pytorch-metric-learning normalises them first and averages the
    rows that are not 0.
    """
    distances = ops.distances(pred, pred)
    alike, unlike = _pairs(ops, where, target, distances)
    near = -_largest(ops, ops.where(unlike, -distances, -_FAR))
    far = _largest(ops, ops.where(alike, distances, -_FAR))
    both = (far > -_FAR) & (near < _FAR)
    gap = ops.where(both, far, 0.0) - ops.where(both, near, 0.0)
    return _mean_over(ops, both, ops.softplus(gap) if soft else ops.relu(gap + margin))


@define_loss(
    pred=Embeddings,
    target=Groups,
    margin=Positive(1.0, search=(0.05, 5.0), doc="how much nearer the positive must be"),
    source="Schroff et al. 2015, arXiv:1503.03832",
    aka=("tensorflow_addons TripletSemiHardLoss",),
    pitfall="takes memory for N³ numbers",
)
def semi_hard_triplet(ops, pred, target, where, *, margin):
    """FaceNet's triplets: for each pair of a label the nearest row of another label that is farther than the pair.

    max(0, margin + d(pair) - d(that row)), the mean over the pairs; where no such row is farther, the farthest counts.
    A pair whose anchor meets no other label is left out.
    """
    distances = ops.distances(pred, pred)
    alike, unlike = _pairs(ops, where, target, distances)
    pair = ops.expand(distances, distances)
    other = ops.transpose(pair)
    farther = ops.transpose(ops.expand(unlike, distances)) & (pair < other)
    nearest = -_largest(ops, ops.where(farther, -other, -_FAR))
    farthest = ops.expand(_largest(ops, ops.where(unlike, distances, -_FAR)), distances)
    taken = ops.where(nearest < _FAR, nearest, farthest)
    some = alike & (taken > -_FAR)
    each = ops.where(some, ops.relu(margin + distances - ops.where(some, taken, 0.0)), 0.0)
    count = ops.sum(_counts(ops, some, distances))
    return ops.sum(ops.sum(each)) / at_least_1(ops, count)


@define_loss(
    pred=Embeddings,
    target=Groups,
    alpha=Positive(2.0, search=(0.5, 10.0), doc="sharpness on pairs of one label"),
    beta=Positive(50.0, search=(10.0, 100.0), doc="sharpness on pairs of two labels"),
    base=Param(0.5, low=-1.0, high=1.0, search=(0.2, 0.8), doc="the cosine around which pairs count"),
    claims=dict(smooth=True, scale_invariant=True),
    source="Wang et al. 2019, arXiv:1904.06627",
    aka=("pytorch_metric_learning MultiSimilarityLoss", "tensorflow_similarity MultiSimilarityLoss"),
    pitfall="the paper also mines pairs first: this is the loss alone, over all pairs",
)
def multi_similarity(ops, pred, target, where, *, alpha, beta, base):
    """Pulls rows of one label together and pushes others away, each pair weighted by all others of its row.

    log(1 + Σ e^(-alpha (s - base)))/alpha over a row's label plus log(1 + Σ e^(beta (s - base)))/beta over the others;
    s are cosines; the mean over all rows.
    """
    above = _cosines(ops, pred, pred) - base
    alike, unlike = _pairs(ops, where, target, above)
    pulled = ops.softplus(ops.logsumexp(ops.where(alike, -alpha * above, _NEVER))) / alpha
    pushed = ops.softplus(ops.logsumexp(ops.where(unlike, beta * above, _NEVER))) / beta
    return where.mean(pulled + pushed)


@define_loss(
    pred=Embeddings,
    target=Groups,
    margin=Static(0.4, low=0.0, search=(0.1, 0.6), doc="how far from 1 and 0 cosines may stay"),
    gamma=Positive(80.0, search=(10.0, 256.0), doc="the sharpness"),
    claims=dict(scale_invariant=True),
    source="Sun et al. 2020, arXiv:2002.10857",
    aka=("pytorch_metric_learning CircleLoss", "keras.losses.Circle"),
    pitfall="the weights of the pairs are constants in its gradient, so it is not the slope of its value",
)
def circle(ops, pred, target, where, *, margin, gamma):
    """softplus of logsumexp over other labels of γ a (s - m) plus logsumexp over its own of γ b (1 - m - s).

    a and b are constants: a = max(0, s + m), b = max(0, 1 + m - s), s cosines; the mean over the rows that have both
    kinds. Keras lets the gradient flow through a and b: its gradient is another one, its value the same up to the
    rows averaged (it and pytorch-metric-learning leave rows of loss 0 out).
    """
    s = _cosines(ops, pred, pred)
    alike, unlike = _pairs(ops, where, target, s)
    pull = ops.stop_gradient(ops.relu(1.0 + margin - s)) * (1.0 - margin - s)
    push = ops.stop_gradient(ops.relu(s + margin)) * (s - margin)
    both = (_counts(ops, alike, s) > 0.0) & (_counts(ops, unlike, s) > 0.0)
    pulls = ops.logsumexp(ops.where(alike, gamma * pull, _NEVER))
    pushes = ops.logsumexp(ops.where(unlike, gamma * push, _NEVER))
    return _mean_over(ops, both, ops.softplus(pulls + pushes))


@define_loss(
    pred=Embeddings,
    target=Groups,
    margin=Positive(1.0, search=(0.05, 5.0), doc="how far rows of other labels should stay"),
    source="Oh Song et al. 2016, arXiv:1511.06452",
    aka=("pytorch_metric_learning LiftedStructureLoss",),
    pitfall="distances are in the units of the embeddings: normalise them, or tune the margin",
)
def lifted_structure(ops, pred, target, where, *, margin):
    """Half of max(0, log Σ e^(margin - d) + d(pair))², the mean over the pairs of one label.

    The sum runs over the rows of other labels, as seen from both rows of the pair.
    """
    distances = ops.distances(pred, pred)
    alike, unlike = _pairs(ops, where, target, distances)
    rows = ops.logsumexp(ops.where(unlike, margin - distances, _NEVER))
    mine = ops.expand(rows, distances)
    lifted = mine + ops.softplus(ops.transpose(mine) - mine)
    over = ops.relu(ops.where(alike, lifted + distances, 0.0))
    return 0.5 * ops.sum(ops.sum(over * over)) / at_least_1(ops, ops.sum(_counts(ops, alike, distances)))


# batches beside one learned proxy for each class


@define_loss(
    pred=Embeddings,
    proxies=Proxies,
    target=Classes,
    scale=Positive(1.0, search=(0.1, 2.0), doc="what squared distances are multiplied by"),
    wrt=("pred", "proxies"),
    claims=dict(smooth=True),
    source="Movshovitz-Attias et al. 2017, arXiv:1703.07464; softmax over all Teh et al. 2020, arXiv:2004.01113",
    aka=("pytorch_metric_learning ProxyNCALoss",),
    pitfall="the proxies are learned: give them to the optimizer",
)
def proxy_nca(ops, pred, proxies, target, where, *, scale):
    """-log softmax over classes of -scale x squared distance to each class's proxy, the mean over rows.

    All proxies stand in the denominator, the own one too, as in ProxyNCA++; pytorch-metric-learning normalises
    embeddings and proxies first.
    """
    distances = ops.distances(pred, proxies)
    return where.mean(target.expect(-ops.log_softmax(-scale * (distances * distances))))


@define_loss(
    pred=Embeddings,
    proxies=Proxies,
    target=Classes,
    scale=Positive(32.0, search=(8.0, 128.0), doc="the sharpness, alpha of the paper"),
    margin=NonNegative(0.1, search=(0.01, 0.5), doc="how far cosines should stay from 0"),
    wrt=("pred", "proxies"),
    claims=dict(smooth=True, scale_invariant=True),
    source="Kim et al. 2020, arXiv:2003.13911",
    aka=("pytorch_metric_learning ProxyAnchorLoss",),
    pitfall="the proxies are learned: give them to the optimizer",
)
def proxy_anchor(ops, pred, proxies, target, where, *, scale, margin):
    """log(1 + Σ e^(-scale (s - margin))) over a class's rows, averaged over the classes in the batch, plus
    log(1 + Σ e^(scale (s + margin))) over the other rows, averaged over all classes; s the cosine with the proxy.
    """
    cosines = _cosines(ops, proxies, pred)
    own = ops.transpose(target.one_hot(ops.transpose(cosines))) > 0.5
    mine = where.keep_columns(ops.where(own, -scale * (cosines - margin), _NEVER), _NEVER)
    others = where.keep_columns(ops.where(own, _NEVER, scale * (cosines + margin)), _NEVER)
    pulled = ops.softplus(ops.logsumexp(mine))
    pushed = ops.softplus(ops.logsumexp(others))
    present = ops.sum(where.keep_columns(ops.where(own, ones(ops, cosines), 0.0), 0.0)) > 0.0
    return _mean_over(ops, present, pulled) + ops.sum(pushed) / ops.size(pushed)
