"""Losses in Lightning: real trainers, on digits and on small made-up data."""

from __future__ import annotations

import csv

import lightning
import pytest
import torch
from lightning.pytorch.loggers import CSVLogger
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

import losskit as lk
from losskit.adapters.lightning import LossModule, LossMonitor
from losskit.errors import InvalidInput, InvalidType, UnknownName

pytestmark = [
    pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:`isinstance\\(treespec, LeafSpec\\)` is deprecated"),
]


def trainer(tmp_path, epochs=1, **options):
    quiet = dict(enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False, logger=False)
    return lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", devices=1, default_root_dir=tmp_path, **{**quiet, **options}
    )


def batches(*arrays, size, seed=None):
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return DataLoader(TensorDataset(*arrays), size, shuffle=seed is not None, generator=generator)


class Native(lightning.LightningModule):
    """The same training with PyTorch's own loss."""

    def __init__(self, network):
        super().__init__()
        self.network, self.criterion = network, torch.nn.CrossEntropyLoss()

    def training_step(self, batch, batch_idx):
        return self.criterion(self.network(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.01)


def digits_network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))


def test_digits_are_learned_as_with_the_peer_saved_and_predicted_the_same(tmp_path):
    images, labels = load_digits(return_X_y=True)
    X, ids = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
    rest = batches(X[1200:], size=200)

    def accuracy(scores):
        return (torch.cat(scores).argmax(1) == ids[1200:]).float().mean().item()

    module = LossModule(digits_network(), lk.cross_entropy(), optimizer="Adam", lr=0.01)
    run = trainer(tmp_path, epochs=10)
    run.fit(module, batches(X[:1200], ids[:1200], size=100, seed=1), batches(X[1200:], ids[1200:], size=200))
    native = Native(digits_network())
    trainer(tmp_path, epochs=10).fit(native, batches(X[:1200], ids[:1200], size=100, seed=1))
    predicted = run.predict(module, rest)
    assert accuracy(predicted) > 0.9
    assert accuracy(predicted) == pytest.approx(accuracy([native.network(X[1200:])]), abs=0.005)
    torch.testing.assert_close(torch.cat(predicted).sum(1), torch.ones(len(X) - 1200))

    run.save_checkpoint(tmp_path / "digits.ckpt")
    again = LossModule.load_from_checkpoint(
        tmp_path / "digits.ckpt", network=digits_network(), loss=lk.cross_entropy(), weights_only=True
    )
    assert again.hparams == {"optimizer": "Adam", "lr": 0.01}
    assert torch.equal(torch.cat(trainer(tmp_path).predict(again, rest)), torch.cat(predicted))


@pytest.mark.parametrize("loss", [lk.cross_entropy(), lk.cross_entropy(class_weight=[1.0, 5.0, 0.5])], ids=repr)
def test_epoch_means_are_over_items_not_batches(tmp_path, loss):
    torch.manual_seed(0)
    X, ids = torch.randn(10, 4), torch.randint(0, 3, (10,))
    ids[1:4] = -100  # the first batch of 4 keeps one label; the last batch has two rows
    network = torch.nn.Linear(4, 3)
    expected = loss(network(X), ids).item()
    module = LossModule(network, loss, optimizer="SGD", lr=0.0)
    run = trainer(tmp_path)
    run.fit(module, batches(X, ids, size=4), batches(X, ids, size=4))
    assert run.callback_metrics["val_loss"].item() == pytest.approx(expected, rel=1e-5)
    assert run.callback_metrics["train_loss"].item() == pytest.approx(expected, rel=1e-5)


@lk.define_loss(pred=lk.Real, target=lk.Real, scale=lk.Positive(1.0))
def laplace(ops, pred, target, *, scale):
    """The negative log-likelihood of a Laplace distribution, log 2 left out."""
    return ops.abs(pred - target) / scale + ops.log(scale)


def test_a_learned_scale_is_trained_saved_and_logged(tmp_path):
    torch.manual_seed(0)
    X = torch.randn(256, 2)
    y = X @ torch.tensor([[1.0], [-1.0]]) + 3.0 * torch.randn(256, 1)

    def make():
        return LossModule(torch.nn.Linear(2, 1), lk.to_torch(laplace(), learn="scale"), lr=0.05)

    module = make()
    run = trainer(tmp_path, 40, callbacks=[LossMonitor()], logger=CSVLogger(tmp_path), log_every_n_steps=4)
    run.fit(module, batches(X, y, size=64), batches(X, y, size=64))
    scale = module.criterion.learned["laplace_scale"].item()
    assert scale == pytest.approx((module(X) - y).abs().mean().item(), rel=0.05)
    assert run.logged_metrics["criterion/laplace_scale"].item() == pytest.approx(scale)
    again = make()
    again.load_state_dict(module.state_dict())
    assert again.criterion.learned["laplace_scale"].item() == scale


class Anybodys(lightning.LightningModule):
    """A user's own module: the callback finds the loss wherever it is held."""

    def __init__(self, criterion):
        super().__init__()
        self.network, self.fit_to = torch.nn.Linear(2, 1), criterion

    def training_step(self, batch, batch_idx):
        value = self.fit_to(self.network(batch[0]), batch[1])
        self.log("value", value)
        return value

    def validation_step(self, batch, batch_idx):
        self.fit_to(self.network(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)


def test_terms_are_logged_for_anybodys_module(tmp_path):
    torch.manual_seed(0)
    X, y = torch.randn(8, 2), torch.randn(8, 1)
    module = Anybodys(lk.to_torch(lk.squared_error() + 0.5 * lk.huber(delta=0.1)))
    logger = CSVLogger(tmp_path)
    run = trainer(tmp_path, 3, callbacks=[LossMonitor()], logger=logger, log_every_n_steps=2)
    run.fit(module, batches(X, y, size=4), batches(X, y, size=4))
    with open(f"{logger.log_dir}/metrics.csv") as file:
        logged = list(csv.DictReader(file))
    assert len(logged) == 3  # of six steps
    for row in logged:
        parts = float(row["fit_to/squared_error"]) + float(row["fit_to/huber"])
        assert parts == pytest.approx(float(row["value"]), rel=1e-5)
    assert not module.fit_to._forward_hooks


def test_refusals_name_what_is_wrong():
    network = torch.nn.Linear(2, 1)
    with pytest.raises(UnknownName, match="Adam"):
        LossModule(network, lk.huber(), optimizer="adam")
    with pytest.raises(InvalidInput, match="reduction='sum'"):
        LossModule(network, lk.to_torch(lk.huber(), reduction="sum"))
    with pytest.raises(InvalidType, match="LossModule needs a losskit loss, got MSELoss"):
        LossModule(network, torch.nn.MSELoss())
