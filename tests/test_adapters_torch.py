"""Losses as PyTorch modules: parity with PyTorch's own losses, training, saving, compiling."""

from __future__ import annotations

import copy
import io
import pickle

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

import losskit as lk
from losskit.adapters.refusals import has_class_axis
from losskit.core.registry import factory
from losskit.errors import InvalidInput, InvalidType, NotSupported, UnknownName
from losskit.testing.samples import sample

PEERS = [
    (lk.huber(delta=2.0), torch.nn.HuberLoss, {"delta": 2.0}),
    (lk.smooth_l1(beta=0.5), torch.nn.SmoothL1Loss, {"beta": 0.5}),
    (lk.squared_error(), torch.nn.MSELoss, {}),
    (lk.absolute_error(), torch.nn.L1Loss, {}),
    (lk.poisson(), torch.nn.PoissonNLLLoss, {}),
    (lk.binary_cross_entropy(pos_weight=3.0), torch.nn.BCEWithLogitsLoss, {"pos_weight": torch.tensor(3.0)}),
]
CLASS_WEIGHT = [1.0, 2.0, 0.5]


def linear_data(seed=0):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(200, 3, generator=generator)
    y = X @ torch.tensor([1.0, -2.0, 0.5]) + 0.1 * torch.randn(200, generator=generator)
    return X, y


def train(criterion, X, target, outputs=1, steps=60):
    torch.manual_seed(0)
    model = torch.nn.Linear(X.shape[1], outputs)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        score = model(X) if outputs > 1 else model(X)[:, 0]
        value = criterion(score, target)
        value.backward()
        optimizer.step()
    return model, value.item()


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("loss", "peer", "options"), PEERS, ids=lambda v: getattr(v, "name", None))
def test_equals_the_peer(loss, peer, options, reduction):
    torch.manual_seed(0)
    score, target = torch.randn(4, 5), torch.rand(4, 5)
    ours = lk.to_torch(loss, reduction=reduction)(score, target)
    torch.testing.assert_close(ours, peer(**options, reduction=reduction)(score, target), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("shape", [(3,), (6, 3), (6, 3, 4), (2, 3, 4, 5)])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_class_axis_is_where_pytorch_has_it(shape, reduction):
    torch.manual_seed(0)
    score = torch.randn(shape)
    axis = 0 if len(shape) == 1 else 1
    ids = torch.randint(0, 3, shape[:axis] + shape[axis + 1 :])
    if len(shape) > 1:
        ids.view(-1)[0] = -100  # left out
    ours = lk.to_torch(lk.cross_entropy(class_weight=CLASS_WEIGHT), reduction=reduction)
    peer = torch.nn.CrossEntropyLoss(weight=torch.tensor(CLASS_WEIGHT), reduction=reduction)
    torch.testing.assert_close(ours(score, ids), peer(score, ids))


def test_soft_labels_have_the_class_axis_of_the_scores():
    torch.manual_seed(0)
    score = torch.randn(6, 3, 4)
    soft = torch.softmax(torch.randn(6, 3, 4), 1)
    torch.testing.assert_close(lk.to_torch(lk.cross_entropy())(score, soft), torch.nn.CrossEntropyLoss()(score, soft))


def test_weights_by_keyword():
    score, target, weight = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0]), torch.tensor([3.0, 1.0])
    assert lk.to_torch(lk.squared_error())(score, target, weight=weight).item() == pytest.approx((3 * 1 + 4) / 4)
    assert lk.to_torch(lk.squared_error(), "sum")(score, target, weight=weight).item() == pytest.approx(7)
    each = lk.to_torch(lk.squared_error(), "none")(score, target, weight=weight)
    assert each.tolist() == [3.0, 4.0]


def test_training_follows_the_peer():
    X, y = linear_data()
    _, ours = train(lk.to_torch(lk.huber(delta=0.5)), X, y)
    _, peer = train(torch.nn.HuberLoss(delta=0.5), X, y)
    assert ours == pytest.approx(peer, rel=1e-4)
    ids = torch.bucketize(y, torch.tensor([-1.0, 1.0]))
    _, ours = train(lk.to_torch(lk.cross_entropy()), X, ids, outputs=3)
    _, peer = train(torch.nn.CrossEntropyLoss(), X, ids, outputs=3)
    assert ours == pytest.approx(peer, rel=1e-4)


@pytest.mark.parametrize(
    "loss", [lk.huber(delta=2.0), lk.cross_entropy(), lk.logit_adjusted(prior=[0.5, 0.3, 0.2])], ids=lambda v: v.name
)
def test_compiles_whole(loss):
    torch._dynamo.reset()
    rowwise = loss.kind == "rowwise"
    torch.manual_seed(0)
    score = torch.randn((4, 3, 5) if rowwise else (4, 5), requires_grad=True)
    target = torch.randint(0, 3, (4, 5)) if rowwise else torch.randn(4, 5)
    criterion = lk.to_torch(loss)
    (expected,) = torch.autograd.grad(criterion(score, target), score)
    compiled = torch.compile(criterion, fullgraph=True, backend="aot_eager")
    (got,) = torch.autograd.grad(compiled(score, target), score)
    torch.testing.assert_close(got, expected)


def test_compiles_whole_with_its_model():
    torch._dynamo.reset()
    torch.manual_seed(0)
    network, criterion = torch.nn.Linear(3, 4), lk.to_torch(laplace(), learn="scale")
    X, target, where = torch.randn(6, 3), torch.randn(6, 4), torch.rand(6, 4) > 0.3

    def step(X, target):
        return criterion(network(X), target, where=where, normalizer=where.sum())

    wanted = [*network.parameters(), *criterion.parameters()]
    expected = torch.autograd.grad(step(X, target), wanted)
    got = torch.autograd.grad(torch.compile(step, fullgraph=True, backend="aot_eager")(X, target), wanted)
    torch.testing.assert_close(got, expected)


class Trained(torch.nn.Module):
    """A network with its loss, as an exported training step holds them."""

    def __init__(self, loss):
        super().__init__()
        self.network, self.criterion = torch.nn.Linear(3, 4), lk.to_torch(loss)

    def forward(self, X, target):
        return self.criterion(self.network(X), target)


@pytest.mark.parametrize(
    ("loss", "strict"),
    [
        (lk.cross_entropy(), False),
        (lk.cross_entropy(), True),
        (lk.cross_entropy(class_weight=[1.0, 2.0, 3.0, 4.0]), False),
    ],
)
def test_exports_with_its_model(loss, strict):
    torch.manual_seed(0)
    module = Trained(loss)
    X, ids = torch.randn(5, 3), torch.tensor([-100, 1, 2, 3, 0])
    rows = {0: torch.export.Dim("rows", min=2)}
    exported = torch.export.export(module, (X, ids), dynamic_shapes={"X": rows, "target": rows}, strict=strict)
    for n in (5, 3):
        torch.testing.assert_close(exported.module()(X[:n], ids[:n]), module(X[:n], ids[:n]))


@pytest.mark.parametrize("name", [name for name in lk.names() if factory(name).definition.trainable])
def test_autocast_computes_in_float32(name):
    loss = factory(name).example()
    criterion, inputs = lk.to_torch(loss), module_inputs(loss)
    halves = {**inputs, "input": inputs["input"].bfloat16()}
    with torch.autocast("cpu", torch.bfloat16):
        got = criterion(**halves)
    assert got.dtype == torch.float32
    assert got.item() == criterion(**{**inputs, "input": halves["input"].float()}).item()


def module_inputs(loss):
    """A sample of a loss as its module takes it: the first input by the host's name, classes on axis 1."""
    arrays = {
        k: torch.as_tensor(a, dtype=torch.float32 if a.dtype.kind == "f" else None) for k, a in sample(loss).items()
    }
    first = arrays.pop(next(iter(arrays)))
    if has_class_axis(loss) and first.ndim > 2:
        arrays = {k: a.movedim(-1, 1) if a.ndim == first.ndim else a for k, a in arrays.items()}
        first = first.movedim(-1, 1)
    return {"input": first, **arrays}


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # torch.compile's own doing
@pytest.mark.parametrize("how", ["eager", "compiled"])
def test_products_of_matrices_and_their_gradients_stay_in_float32(how):
    torch.manual_seed(0)
    anchor, positive = torch.randn(2, 4, 3)
    criterion = lk.to_torch(lk.info_nce())
    called = criterion if how == "eager" else torch.compile(criterion, fullgraph=True, backend="aot_eager")

    def gradient(called):
        leaf = anchor.clone().requires_grad_()
        return torch.autograd.grad(called(leaf, positive), leaf)[0]

    with torch.autocast("cpu", torch.bfloat16):
        got = gradient(called)
    torch.testing.assert_close(got, gradient(criterion), rtol=1e-5, atol=1e-6)


def test_trains_under_autocast():
    X, y = linear_data()
    torch.manual_seed(0)
    network, criterion = torch.nn.Linear(3, 1), lk.to_torch(lk.squared_error())
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(200):
        with torch.autocast("cpu", torch.bfloat16):
            value = criterion(network(X)[:, 0], y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    torch.testing.assert_close(network.weight[0].detach(), torch.tensor([1.0, -2.0, 0.5]), atol=0.05, rtol=0.0)


@lk.define_loss(anchor=lk.Real, positive=lk.Real, negative=lk.Real)
def pull(ops, anchor, positive, negative):
    """Nearer to one than to the other."""
    return ops.relu(ops.abs(anchor - positive) - ops.abs(anchor - negative) + 1.0)


@lk.define_loss(pred=lk.Real, log_variance=lk.Real, target=lk.Real)
def gaussian(ops, pred, log_variance, target):
    """Half the negative log-likelihood of a Gaussian whose variance is predicted too."""
    r = pred - target
    return 0.5 * (r * r * ops.exp(-log_variance) + log_variance)


def test_other_inputs_by_keyword_and_in_declared_order():
    torch.manual_seed(0)
    a, b, c = (torch.randn(4, requires_grad=True) for _ in range(3))
    value = lk.to_torch(pull())(a, b, c)
    torch.testing.assert_close(value, torch.relu((a - b).abs() - (a - c).abs() + 1).mean())
    assert all(g.abs().sum() > 0 for g in torch.autograd.grad(value, (a, b, c)))

    criterion = lk.to_torch(gaussian())
    value = criterion(a, b, log_variance=c)  # (input, target), as the host has it
    peer = torch.nn.GaussianNLLLoss()(a, b, c.exp())
    torch.testing.assert_close(value, peer)
    wanted = torch.autograd.grad(peer, (a, b, c))
    torch.testing.assert_close(torch.autograd.grad(value, (a, b, c)), wanted)
    torch.testing.assert_close(criterion(input=a, target=b, log_variance=c), peer)


def test_wrong_inputs_are_named():
    x = torch.zeros(3)
    with pytest.raises(InvalidInput, match="takes pred, target"):
        lk.to_torch(lk.huber())(x)
    with pytest.raises(InvalidInput, match="got 3 by position"):
        lk.to_torch(lk.huber())(x, x, x)
    with pytest.raises(InvalidInput, match="got 2 by position and target"):
        lk.to_torch(lk.huber())(x, x, target=x)
    with pytest.raises(InvalidInput, match="log_variance"):
        lk.to_torch(lk.huber())(x, x, log_variance=x)


def test_masks_weights_and_normalizers():
    torch.manual_seed(0)
    score, target, weight = torch.randn(5, requires_grad=True), torch.randn(5), torch.rand(5)
    where = torch.tensor([True, False, True, True, False])
    bad = target.masked_fill(~where, torch.nan)
    bad_weight = weight.masked_fill(~where, torch.nan)
    loss = lk.squared_error()
    kept = (score - target).square()[where]
    torch.testing.assert_close(lk.to_torch(loss)(score, bad, where=where), kept.mean())
    torch.testing.assert_close(lk.to_torch(loss, "sum")(score, bad, where=where), kept.sum())
    torch.testing.assert_close(
        lk.to_torch(loss)(score, bad, where=where, weight=bad_weight, normalizer=7.0), (weight[where] * kept).sum() / 7
    )
    each = lk.to_torch(loss, "none")(score, bad, where=where, weight=bad_weight)
    torch.testing.assert_close(each[where], weight[where] * kept)
    assert (each[~where] == 0).all()
    assert torch.autograd.grad(each.sum(), score)[0].isfinite().all()
    with pytest.raises(InvalidInput, match=r"shape \(5,\), got \(5, 1\)"):
        lk.to_torch(loss, "none")(score, target, weight=weight[:, None])
    with pytest.raises(InvalidInput, match="the reduction is 'sum'"):
        lk.to_torch(loss, "sum")(score, target, normalizer=3.0)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_gradients_reach_every_input_that_requires_them(reduction):
    torch.manual_seed(0)
    inputs = [torch.rand(5, dtype=torch.float64, requires_grad=True) for _ in range(4)]

    def ours(score, target, log_variance, weight):
        return lk.to_torch(gaussian(), reduction)(score, target, log_variance=log_variance, weight=weight)

    assert torch.autograd.gradcheck(ours, inputs)


@pytest.mark.parametrize("loss", [lk.cross_entropy(), lk.cross_entropy(class_weight=CLASS_WEIGHT)], ids=repr)
def test_accumulated_gradients_are_those_of_the_whole_batch(loss):
    torch.manual_seed(0)
    score, ids = torch.randn(12, 3, 5, dtype=torch.float64, requires_grad=True), torch.randint(0, 3, (12, 5))
    ids[:5, 1:] = -100
    ids[11] = -100  # nothing is left in the last part
    criterion = lk.to_torch(loss)
    (whole,) = torch.autograd.grad(criterion(score, ids), score)
    parts = [(score[rows], ids[rows]) for rows in (slice(0, 5), slice(5, 11), slice(11, 12))]
    n = sum(criterion.divisor(*part) for part in parts)
    total = sum(criterion(*part, normalizer=n) for part in parts)
    torch.testing.assert_close(total, criterion(score, ids))
    torch.testing.assert_close(torch.autograd.grad(total, score)[0], whole)


def test_divisor_is_what_the_mean_divides_by():
    x, weight, none = torch.ones(2, 3), torch.rand(2, 3), torch.zeros(2, 3, dtype=torch.bool)
    criterion = lk.to_torch(lk.huber())
    assert criterion.divisor(x, x) == 6
    assert criterion.divisor(x, x, weight=weight).item() == pytest.approx(weight.sum().item())
    assert criterion.divisor(x, x, where=none) == 0
    assert lk.to_torch(lk.cross_entropy())(torch.ones(2, 3), torch.tensor([-100, -100])) == 0
    soft = torch.softmax(torch.ones(2, 3, 4), 1)
    assert lk.to_torch(lk.cross_entropy()).divisor(torch.ones(2, 3, 4), soft) == 8


@lk.define_loss(pred=lk.Real, target=lk.Real, scale=lk.Positive(1.0))
def laplace(ops, pred, target, *, scale):
    """The negative log-likelihood of a Laplace distribution, log 2 left out."""
    return ops.abs(pred - target) / scale + ops.log(scale)


@lk.define_loss(pred=lk.Real, target=lk.Real, level=lk.Between(0.0, 1.0, 0.5))
def asymmetric(ops, pred, target, *, level):
    """The negative log-likelihood of an asymmetric Laplace distribution of scale 1."""
    r = target - pred
    return level * ops.relu(r) + (1.0 - level) * ops.relu(-r) - ops.log(level) - ops.log(1.0 - level)


def minimise(criterion, *inputs):
    optimizer = torch.optim.LBFGS(criterion.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = criterion(*inputs)
        value.backward()
        return value

    optimizer.step(closure)


def test_a_learned_parameter_reaches_its_maximum_likelihood_value():
    torch.manual_seed(0)
    score, target = torch.zeros(1000), 1e4 * torch.randn(1000)  # the start, 1, is far from the scale
    criterion = lk.to_torch(laplace(), learn="scale")
    minimise(criterion, score, target)
    assert criterion.learned["laplace_scale"].item() == pytest.approx(target.abs().mean().item(), rel=1e-4)

    target = torch.randn(1000) + 0.5
    criterion = lk.to_torch(asymmetric(), learn=["level"])
    minimise(criterion, score, target)
    slope = target.relu().mean() - (-target).relu().mean()  # of the likelihood: its root in (0, 1) is known
    level = (slope + 2 - (slope**2 + 4).sqrt()) / (2 * slope)
    assert criterion.learned["asymmetric_level"].item() == pytest.approx(level.item(), rel=1e-4)


@lk.define_loss(pred=lk.Real, target=lk.Real, shape=lk.Param(1.0, high=2.0), shift=lk.Param(0.0),
                low=lk.NonNegative(0.5), far=lk.Between(1000.0, 1001.0, 1000.5))  # fmt: skip
def ranged(ops, pred, target, *, shape, shift, low, far):
    """A parameter of each range."""
    return ops.abs(pred - target) * (shape + shift + low + far)


@pytest.mark.parametrize("step", [-1e30, -1e3, -20.0, 0.0, 20.0, 1e3, 1e30])
def test_no_step_leaves_the_range(step):
    for loss in (laplace(), asymmetric(), ranged(), lk.cross_entropy(class_weight=CLASS_WEIGHT)):
        params = {k: p for k, p in loss.definition.params.items() if not p.static}
        criterion = lk.to_torch(loss, learn=params)
        with torch.no_grad():
            for raw in criterion.parameters():
                raw += step
        for name, param in params.items():
            value = criterion.learned[f"{loss.name}_{name}"]
            assert value.isfinite().all()
            assert (value > param.low).all()
            assert (value < param.high).all()
            if step == 0.0:
                np.testing.assert_allclose(value.detach(), loss.params[name], rtol=1e-6, atol=1e-6)
        assert all(g.isfinite().all() for g in torch.autograd.grad(sum(v.sum() for v in criterion.learned.values()),
                                                                   list(criterion.parameters())))  # fmt: skip


def test_learned_parameters_are_saved_copied_and_moved():
    x, y = torch.tensor([5.0]), torch.tensor([0.0])
    criterion = lk.to_torch(lk.huber(delta=2.0) + lk.squared_error() + 0.1 * lk.huber(), learn=("delta",))
    assert [name for name, _ in criterion.named_parameters()] == ["raw_huber_delta", "raw_huber_2_delta"]
    assert criterion.learned["huber_delta"].item() == pytest.approx(2.0)
    torch.optim.SGD(criterion.parameters(), lr=0.1).step(lambda: criterion(x, y).backward())
    assert criterion.learned["huber_delta"].item() != pytest.approx(2.0, abs=0.1)

    other = lk.to_torch(criterion.loss, learn="delta")
    other.load_state_dict(criterion.state_dict())
    for again in (other, copy.deepcopy(criterion), pickle.loads(pickle.dumps(criterion))):
        assert again(x, y).item() == criterion(x, y).item()
        assert next(again.parameters()) is not next(criterion.parameters())
    assert copy.deepcopy(criterion).double()(x.double(), y.double()).dtype == torch.float64
    moved = criterion.to("meta")
    assert moved(x.to("meta"), y.to("meta")).device.type == "meta"


def test_a_given_parameter_is_learned_as_it_is():
    delta = torch.nn.Parameter(torch.tensor(1.0))
    criterion = lk.to_torch(lk.huber(delta=delta))
    assert [name for name, _ in criterion.named_parameters()] == ["huber_delta"]
    criterion(torch.tensor([5.0]), torch.tensor([0.0])).backward()
    assert delta.grad.item() == pytest.approx(5.0 - 1.0)
    other = lk.to_torch(lk.huber(delta=torch.nn.Parameter(torch.tensor(3.0))))
    other.load_state_dict(criterion.state_dict(), assign=True)
    assert other(torch.tensor([5.0]), torch.tensor([0.0])).item() == pytest.approx(4.5)
    swapped = {"huber_delta": torch.tensor(2.0)}
    value = torch.func.functional_call(criterion, swapped, (torch.tensor([5.0]), torch.tensor([0.0])))
    assert value.item() == pytest.approx(2 * (5 - 1))


def test_what_cannot_be_learned_is_named():
    with pytest.raises(UnknownName, match="delta"):
        lk.to_torch(lk.huber(), learn="detla")
    with pytest.raises(InvalidInput, match="ignore_index: it is static"):
        lk.to_torch(lk.cross_entropy(), learn="ignore_index")
    with pytest.raises(InvalidInput, match="class_weight: it has no value"):
        lk.to_torch(lk.cross_entropy(), learn="class_weight")
    with pytest.raises(InvalidInput, match=r"gamma from 0\.0: it lies on the border"):
        lk.to_torch(lk.focal(gamma=0.0), learn="gamma")


def test_digits_are_learned_as_with_the_peer_and_saved():
    images, labels = load_digits(return_X_y=True)
    X, ids = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
    fit, rest = slice(0, 1200), slice(1200, None)

    def network():
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))

    def learn(criterion):
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for epoch in range(15):
            for rows in torch.randperm(1200, generator=torch.Generator().manual_seed(epoch)).split(100):
                optimizer.zero_grad()
                criterion(model(X[fit][rows]), ids[fit][rows]).backward()
                optimizer.step()
        return model, (model(X[rest]).argmax(1) == ids[rest]).float().mean().item()

    criterion = lk.to_torch(lk.cross_entropy())
    model, ours = learn(criterion)
    _, peer = learn(torch.nn.CrossEntropyLoss())
    assert ours > 0.9
    assert ours == pytest.approx(peer, abs=0.005)

    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "loss": criterion.loss.to_dict()}, file)
    file.seek(0)
    saved = torch.load(file)
    again = network()
    again.load_state_dict(saved["model"])
    assert torch.equal(again(X), model(X))
    assert lk.get(saved["loss"]) == criterion.loss


def test_saves_with_its_model_and_shows_itself():
    criterion = lk.to_torch(lk.quantile(level=0.9), reduction="sum")
    assert repr(criterion) == "TorchLoss(lk.quantile(level=0.9), reduction='sum')"
    assert criterion.state_dict() == {}
    file = io.BytesIO()
    torch.save(criterion, file)
    file.seek(0)
    again = torch.load(file, weights_only=False)
    assert again.loss == criterion.loss
    assert again.reduction == "sum"


def test_a_sum_of_losses():
    score, target = torch.tensor([1.0, -2.0]), torch.tensor([0.0, 0.0])
    value = lk.to_torch(lk.squared_error() + 0.5 * lk.absolute_error())(score, target)
    assert value.item() == pytest.approx(2.5 + 0.5 * 1.5)


def test_refusals_name_the_loss():
    with pytest.raises(NotSupported, match="zero_one is flat"):
        lk.to_torch(lk.zero_one())
    with pytest.raises(InvalidType, match=r"lk\.huber\(\)"):
        lk.to_torch(lk.huber)
    with pytest.raises(InvalidInput, match="reduction='avg'"):
        lk.to_torch(lk.huber(), reduction="avg")
    with pytest.raises(InvalidInput, match="one kind"):
        lk.to_torch(lk.huber() + lk.cross_entropy())


def test_shapes_that_disagree_raise_where_pytorch_broadcasts():
    with pytest.raises(InvalidInput, match="shape"):
        lk.to_torch(lk.squared_error())(torch.zeros(4, 1), torch.zeros(4))


def test_link_gives_the_prediction():
    X, y = linear_data()
    label = (y > 0).float()
    criterion = lk.to_torch(lk.binary_cross_entropy())
    model, _ = train(criterion, X, label)
    probability = criterion.link(model(X)[:, 0].detach())
    assert np.mean((probability > 0.5).numpy() == label.numpy()) > 0.95
    score = torch.randn(2, 3, 4)
    torch.testing.assert_close(lk.to_torch(lk.cross_entropy()).link(score), torch.softmax(score, 1))
    with pytest.raises(NotSupported, match="differ in their link"):
        lk.to_torch(lk.binary_cross_entropy() + lk.hinge()).link(score)


def test_terms_add_up():
    torch.manual_seed(0)
    score, target, where = torch.randn(4), torch.randn(4), torch.tensor([True, True, False, True])
    criterion = lk.to_torch(lk.squared_error() + 0.5 * lk.huber() + lk.huber(delta=0.1))
    terms = criterion.terms(score, target, where=where)
    assert list(terms) == ["squared_error", "huber", "huber_2"]
    assert terms["huber"].item() == pytest.approx(0.5 * lk.huber()(score, target, where=where).item())
    torch.testing.assert_close(sum(terms.values()), criterion(score, target, where=where))
    assert list(lk.to_torch(lk.huber()).terms(score, target)) == ["huber"]
