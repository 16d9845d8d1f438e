"""Losses as PyTorch modules: parity with PyTorch's own losses, training, saving, compiling."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch

import losskit as lk
from losskit.errors import InvalidInput, InvalidType, NotSupported

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


def test_learned_parameters_are_trained_saved_and_restored():
    delta = torch.nn.Parameter(torch.tensor(1.0))
    criterion = lk.to_torch(lk.huber(delta=delta))
    assert [name for name, _ in criterion.named_parameters()] == ["huber_delta"]
    criterion(torch.tensor([5.0]), torch.tensor([0.0])).backward()
    assert delta.grad.item() == pytest.approx(5.0 - 1.0)
    other = lk.to_torch(lk.huber(delta=torch.nn.Parameter(torch.tensor(3.0))))
    other.load_state_dict(criterion.state_dict())
    assert other(torch.tensor([5.0]), torch.tensor([0.0])).item() == pytest.approx(4.5)


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


@lk.define_loss(anchor=lk.Real, positive=lk.Real, negative=lk.Real)
def pull(ops, anchor, positive, negative):
    """Nearer to one than to the other."""
    return ops.relu(ops.abs(anchor - positive) - ops.abs(anchor - negative))


def test_refusals_name_the_loss():
    with pytest.raises(NotSupported, match="zero_one is flat"):
        lk.to_torch(lk.zero_one())
    with pytest.raises(NotSupported, match="pull takes anchor, positive, negative"):
        lk.to_torch(pull())
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
    model, _ = train(lk.to_torch(lk.binary_cross_entropy()), X, label)
    probability = lk.binary_cross_entropy().link(model(X)[:, 0].detach())
    assert np.mean((probability > 0.5).numpy() == label.numpy()) > 0.95
