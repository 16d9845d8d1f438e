"""lk.diagnose: nothing of the user's changes, known mistakes behind losses of one's own, and correct subjects."""

import copy
import json
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from rich.console import Console
from torch import nn

import losskit as lk
from losskit.errors import InvalidInput, InvalidType, UnknownName
from losskit.reporting import render_terminal


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def codes(*subject, **options):
    return [found.code for found in lk.diagnose(*subject, quiet=True, **options).findings]


def answers(diagnosis):
    return {answer.name: answer.seen for answer in diagnosis.answers}


def classifier(classes=3, *last):
    return nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, classes), *last)


def samples(classes=3, count=32):
    return torch.randn(count, 5), torch.randint(0, classes, (count,))


# --- Nothing changes ------------------------------------------------------------------------------------------------


def state(model, loss, optimizer, x, y):
    tensors = {**model.state_dict(), **loss.state_dict()}
    gradients = [None if p.grad is None else p.grad.clone() for p in (*model.parameters(), *loss.parameters())]
    chance = torch.get_rng_state(), random.getstate(), np.random.get_state()
    return copy.deepcopy((tensors, gradients, optimizer.state_dict(), x, y, model.training, chance))


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("trained", [False, True])
def test_everything_of_the_users_stays_as_it_is(trained):
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
    loss = lk.to_torch(lk.huber(), learn="delta")
    optimizer = torch.optim.Adam([*model.parameters(), *loss.parameters()])
    x, y = torch.randn(16, 5), torch.randn(16, 1)
    if trained:
        loss(model(x), y).backward()
        optimizer.step()
    before = state(model, loss, optimizer, x, y)
    diagnosis = lk.diagnose(model, loss, (x, y), optimizer, quiet=True)
    assert diagnosis.answers
    assert same(before, state(model, loss, optimizer, x, y))


def test_what_a_function_holds_keeps_its_gradients():
    scale = nn.Parameter(torch.ones(()))
    scale.grad = torch.tensor(3.0)
    lk.diagnose(nn.Linear(5, 1), lambda p, y: ((p - y) / scale).square().mean(), (torch.randn(8, 5), torch.randn(8, 1)))
    assert (scale.item(), scale.grad.item()) == (1.0, 3.0)


# --- Mistakes behind losses of one's own ----------------------------------------------------------------------------


def twice(scores, target):
    return -scores.softmax(1).log_softmax(1).gather(1, target[:, None]).mean()


def by_hand(scores, target):
    return (scores.logsumexp(1) - scores.gather(1, target[:, None]).squeeze(1)).mean()


@pytest.mark.parametrize(
    ("model", "loss", "floor"),
    [(classifier(2), twice, 0.3133), (classifier(10), twice, 1.4612), (classifier(3, nn.Softmax(1)), by_hand, 0.5514)],
)
def test_softmax_twice_is_known_by_the_floor(model, loss, floor):
    found = lk.diagnose(model, loss, samples(model[2].out_features), quiet=True).findings
    assert [each.code for each in found] == ["LK101"]
    assert found[0].evidence["floor"] == pytest.approx(floor, abs=1e-4)
    assert found[0].evidence["least in training"] > floor
    assert codes(classifier(), by_hand, samples()) == []


def binary_by_hand(z, y):
    return (y * F.softplus(-z) + (1 - y) * F.softplus(z)).mean()


def test_sigmoid_twice_is_known_by_the_loss():
    batch = torch.randn(32, 5), torch.randint(0, 2, (32, 1)).float()
    assert codes(classifier(1), lambda z, y: binary_by_hand(z.sigmoid(), y), batch) == ["LK102"]
    assert codes(classifier(1, nn.Sigmoid()), binary_by_hand, batch) == ["LK102"]
    assert codes(classifier(1), binary_by_hand, batch) == []


@pytest.mark.parametrize(
    "loss",
    [
        lambda p, y: (1 - torch.exp(-((p - y) ** 2))).mean(),
        lambda p, y: torch.where((p - y).abs() < 1, 0.5 * (p - y) ** 2, (p - y).abs() - 0.5).mean(),
    ],
)
def test_broadcasting_is_known_by_shuffled_targets(loss):
    x, y = torch.randn(32, 5), torch.randn(32)
    assert codes(nn.Linear(5, 1), loss, (x, y)) == ["LK201"]
    assert codes(nn.Linear(5, 1), loss, (x, y[:, None])) == []


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(()))

    def forward(self, pred, target):
        return (pred - target).abs().mean() * torch.exp(-self.log_scale) + self.log_scale


def test_parameters_that_the_optimizer_lacks():
    batch, model, free = (torch.randn(16, 5), torch.randn(16, 1)), nn.Linear(5, 1), nn.Parameter(torch.zeros(()))
    frozen = nn.Linear(1, 4)
    optimizer = torch.optim.SGD(model.parameters())
    scaled, own = Scaled(), lk.to_torch(lk.huber(), learn="delta")
    assert codes(model, scaled, batch, optimizer) == codes(model, own, batch, optimizer) == ["LK701"]
    assert codes(model, lambda p, y: (p - y + free).square().mean(), batch, optimizer) == ["LK701"]
    assert codes(model, scaled, batch) == []
    assert codes(model, scaled, batch, torch.optim.SGD([*model.parameters(), *scaled.parameters()])) == []
    assert codes(model, lambda p, y: F.mse_loss(frozen(p), frozen(y)), batch, optimizer) == []
    assert codes(model, lambda p, y: F.mse_loss(p, y) + model.weight.square().sum(), batch, optimizer) == []


class OneClass(nn.Module):
    """A term whose clamp is closed everywhere."""

    def __init__(self, low):
        super().__init__()
        self.low = low

    def forward(self, pred, target):
        return F.mse_loss(pred, target) + F.l1_loss(pred.clamp(min=self.low), target)


def test_a_term_without_gradient():
    batch = torch.randn(16, 5), torch.randn(16, 1)
    assert codes(nn.Linear(5, 1), OneClass(50.0), batch) == ["LK702"]
    assert codes(nn.Linear(5, 1), lambda p, y: F.mse_loss(p, y) + F.l1_loss(p.clamp(30, 40), y), batch) == ["LK702"]
    assert codes(nn.Linear(5, 1), OneClass(-50.0), batch) == []


def test_a_loss_by_hand_that_overflows_in_half_precision():
    x, y = 30 * torch.randn(16, 5).half(), torch.randn(16, 1).half()
    model = nn.Linear(5, 1).half()
    nn.init.constant_(model.bias, 300.0)
    muted = {"mute": ["LK705"]}
    assert codes(model, lambda p, y: ((p - y) ** 2).mean(), (x, y), **muted) == ["LK502"]
    assert codes(model, lambda p, y: ((p - y) * 99).abs().sum() / 4, (x, y), **muted) == ["LK502"]
    assert codes(model, lambda p, y: (p.float() - y.float()).square().mean(), (x, y), **muted) == []


class TwoViews(nn.Module):
    """A contrastive loss whose own pairs are left out before they are scaled, or after."""

    def __init__(self, masked_first):
        super().__init__()
        self.masked_first, self.log_scale = masked_first, nn.Parameter(torch.tensor(2.0))

    def forward(self, a, b):
        both = F.normalize(torch.cat([a, b]), dim=1)
        own = torch.eye(len(both), dtype=torch.bool)
        scores, scale = both @ both.T, self.log_scale.exp()
        scores = scores.masked_fill(own, -torch.inf) * scale if self.masked_first else scores * scale
        return F.cross_entropy(scores.masked_fill(own, -torch.inf), torch.arange(len(both)).roll(len(a)))


def test_the_temperature_has_a_gradient():
    batch = torch.randn(16, 5), torch.randn(16, 8)
    assert codes(nn.Linear(5, 8), TwoViews(masked_first=True), batch) == ["LK501"]
    assert codes(nn.Linear(5, 8), TwoViews(masked_first=False), batch) == []


def test_the_live_checks_run_too():
    assert codes(classifier(3, nn.Softmax(1)), nn.CrossEntropyLoss(), samples()) == ["LK101"]
    assert codes(
        nn.Linear(5, 1), nn.BCEWithLogitsLoss(pos_weight=-torch.ones(1)), (torch.randn(8, 5), torch.ones(8, 1))
    )


# --- Correct subjects -----------------------------------------------------------------------------------------------


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.mixer = nn.Embedding(12, 8), nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 4)

    def forward(self, tokens):
        x = self.tokens(tokens)
        return self.head(self.mixer(x, x, x)[0].mean(1))


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 3)

    def forward(self, a, b):
        return self.layer(a + b)


def convolutional():
    return nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 3, 1))


def partial_likelihood(risk, time):
    risk = risk.squeeze(1)[time.squeeze(1).argsort(descending=True)]
    return (risk.logcumsumexp(0) - risk).mean()


numbers = torch.linspace(-2, 2, 80).reshape(16, 5)
CORRECT = {
    "classes": lambda: (classifier(), nn.CrossEntropyLoss(label_smoothing=0.1), samples()),
    "soft labels": lambda: (classifier(), nn.CrossEntropyLoss(), (numbers, torch.rand(16, 3).softmax(1))),
    "nll": lambda: (classifier(3, nn.LogSoftmax(1)), nn.NLLLoss(), samples()),
    "dropout": lambda: (classifier(3, nn.Dropout(0.3)), nn.CrossEntropyLoss(), samples()),
    "labels": lambda: (classifier(4), nn.BCEWithLogitsLoss(), (numbers, (torch.rand(16, 4) < 0.3).float())),
    "bce": lambda: (classifier(1, nn.Sigmoid()), nn.BCELoss(), (numbers, (torch.rand(16, 1) < 0.5).float())),
    "autoencoder": lambda: (nn.Linear(5, 5), nn.MSELoss(), (numbers, numbers)),
    "counts": lambda: (nn.Linear(5, 1), nn.PoissonNLLLoss(), (numbers, torch.poisson(torch.full((16, 1), 3.0)))),
    "rare counts": lambda: (
        nn.Linear(5, 1),
        nn.PoissonNLLLoss(),
        (numbers, (torch.arange(16) % 4 == 0).float()[:, None]),
    ),
    "pixels": lambda: (
        *(convolutional(), nn.CrossEntropyLoss()),
        (torch.randn(4, 1, 6, 6), torch.randint(0, 3, (4, 6, 6))),
    ),
    "masks": lambda: (
        *(nn.Conv2d(1, 1, 3, padding=1), lk.to_torch(lk.dice())),
        (torch.randn(4, 1, 6, 6), torch.randint(0, 2, (4, 1, 6, 6)).float()),
    ),
    "tokens": lambda: (Sequence(), nn.CrossEntropyLoss(), (torch.randint(0, 12, (8, 7)), torch.arange(8) % 4)),
    "two inputs": lambda: (Two(), nn.CrossEntropyLoss(), ((numbers, numbers), torch.arange(16) % 3)),
    "by keyword": lambda: (Two(), nn.CrossEntropyLoss(), ({"a": numbers, "b": numbers}, torch.arange(16) % 3)),
    "quantile": lambda: (nn.Linear(5, 1), lk.to_torch(lk.quantile(level=0.9)), (numbers, torch.randn(16, 1))),
    "hinge": lambda: (nn.Linear(5, 3), nn.MultiMarginLoss(), samples()),
    "focal": lambda: (classifier(1), lk.to_torch(lk.focal()), (numbers, (torch.rand(16, 1) < 0.5).float())),
    "contrastive": lambda: (
        *(nn.Linear(5, 8), lambda a, b: F.cross_entropy(F.normalize(a) @ F.normalize(b).T / 0.1, torch.arange(len(a)))),
        (numbers, torch.randn(16, 8)),
    ),
    "very sharp": lambda: (
        *(
            nn.Linear(5, 8),
            lambda a, b: F.cross_entropy(F.normalize(a) @ F.normalize(b).T / 0.01, torch.arange(len(a))),
        ),
        (numbers, torch.randn(16, 8)),
    ),
    "cosine": lambda: (
        nn.Linear(5, 8),
        lambda a, b: 1 - F.cosine_similarity(a, b).mean(),
        (numbers, torch.randn(16, 8)),
    ),
    "list": lambda: (nn.Linear(5, 6), lk.to_torch(lk.listnet()), (numbers, torch.rand(16, 6))),
    "energy": lambda: (nn.Linear(5, 1), lambda p, y: torch.cdist(p, y).mean(), (numbers, torch.randn(16, 1))),
    "exponential": lambda: (
        classifier(1),
        lambda z, y: torch.exp(-(2 * y - 1) * z).mean(),
        (numbers, torch.ones(16, 1)),
    ),
    "compiled": lambda: (torch.compile(classifier(), backend="eager"), nn.CrossEntropyLoss(), samples()),
    "survival": lambda: (nn.Linear(5, 1), partial_likelihood, (numbers, torch.rand(16, 1))),
    "next token": lambda: (
        *(nn.Embedding(12, 12), lambda z, y: F.cross_entropy(z.flatten(0, 1), y.flatten())),
        (torch.arange(60).reshape(6, 10) % 12, torch.arange(1, 61).reshape(6, 10) % 12),
    ),
    "distillation": lambda: (
        *(nn.Linear(5, 4), lambda z, t: F.kl_div(z.log_softmax(1), t.softmax(1), reduction="batchmean")),
        (numbers, torch.randn(16, 4)),
    ),
    "in double": lambda: (nn.Linear(5, 1).double(), nn.HuberLoss(), (numbers.double(), torch.randn(16, 1).double())),
}


@pytest.mark.parametrize("name", CORRECT)
def test_a_correct_subject_yields_nothing(name):
    assert codes(*CORRECT[name]()) == []


# --- The report -----------------------------------------------------------------------------------------------------


def test_the_report_fits_80_columns_and_says_what_each_probe_cost():
    diagnosis = lk.diagnose(classifier(3, nn.Softmax(1)), nn.CrossEntropyLoss(), samples(), quiet=True)
    with open("/dev/null", "w") as nowhere:
        console = Console(width=80, file=nowhere, record=True)
        render_terminal(diagnosis.document(), console, 80)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    order = ["1 ERROR", "Mend it", "LK101 error", "Probes", "100 steps of training"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert json.loads(json.dumps(diagnosis.to_json(), allow_nan=False))["findings"][0]["code"] == "LK101"


def test_probes_see_the_closed_forms():
    seen = answers(lk.diagnose(classifier(), nn.CrossEntropyLoss(), samples(), quiet=True))
    assert seen["first loss"]["equal scores"] == pytest.approx(np.log(3))
    assert seen["twice the batch"]["of the batch twice"] == pytest.approx(seen["twice the batch"]["loss"])
    assert seen["micro-batches"]["relative error"] < 1e-6 < 0.1 < seen["micro-batches"]["with a short last part"]
    batch = numbers, (torch.arange(16) < 4).float()[:, None]
    seen = answers(lk.diagnose(nn.Linear(5, 1), nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0)), batch, quiet=True))
    assert seen["weight of the positives"] == {"pos_weight": 3.0, "negatives / positives": 3.0}


def test_what_cannot_be_probed_is_said(capsys):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(5, 4)

        def forward(self, x):
            return self.layer(x).chunk(2, 1)

    def loss(pred, target):
        return F.mse_loss(pred[0], target) + pred[1].square().mean()

    assert lk.diagnose(Encoder(), loss, (numbers, numbers[:, :2])).answers == []
    assert "they need one tensor" in capsys.readouterr().out
    noisy = lk.diagnose(
        nn.Linear(5, 1), lambda p, y: (p - y + torch.randn(())).abs().mean(), (numbers, torch.ones(16, 1))
    )
    assert noisy.answers == []
    fixed = lk.diagnose(nn.Linear(5, 1), lambda p, y: (p - y.reshape(16, 1)).abs().mean(), (numbers, torch.randn(16)))
    assert "did not run" in capsys.readouterr().out
    assert fixed.findings == []


def test_findings_belong_to_the_observation_around_them():
    with lk.observe(quiet=True) as seen:
        inner = lk.diagnose(classifier(3, nn.Softmax(1)), nn.CrossEntropyLoss(), samples(), quiet=True)
    assert [found.code for found in seen.findings] == [found.code for found in inner.findings] == ["LK101"]
    assert (seen.findings[0].count, seen.calls) == (1, 1)


def test_what_is_no_subject_is_refused():
    batch = samples()
    with pytest.raises(InvalidType, match=r"torch\.nn\.Module"):
        lk.diagnose(lambda x: x, nn.CrossEntropyLoss(), batch)
    with pytest.raises(InvalidType, match="callable"):
        lk.diagnose(classifier(), "cross_entropy", batch)
    with pytest.raises(InvalidInput, match="a pair"):
        lk.diagnose(classifier(), nn.CrossEntropyLoss(), batch[0])
    with pytest.raises(InvalidInput, match="a scalar"):
        lk.diagnose(classifier(), nn.CrossEntropyLoss(reduction="none"), batch)
    with pytest.raises(InvalidInput, match="no gradient"):
        lk.diagnose(classifier(), lambda p, y: (p.argmax(1) != y).float().mean(), batch)
    with pytest.raises(UnknownName):
        lk.diagnose(classifier(), nn.CrossEntropyLoss(), batch, mute=["LK000"])
