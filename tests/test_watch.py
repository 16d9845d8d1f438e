"""lk.watch on series whose story is known, and its callbacks in real trainings."""

import json
import math

import keras
import lightning
import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
import transformers
from rich.console import Console
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import losskit as lk
from losskit.doctor.trends import rank_correlation
from losskit.errors import InvalidInput, InvalidType, UnknownName
from losskit.reporting import render_terminal


def watched(losses, metrics, **options):
    watch = lk.watch(**options)
    for loss, metric in zip(losses, metrics, strict=True):
        watch.step(loss)
        watch.epoch(metric=metric)
    return watch


def codes(watch):
    return [found.code for found in watch.findings]


falling = [1 / epoch for epoch in range(1, 21)]

# --- Loss against metric --------------------------------------------------------------------------------------------


def test_parting_is_told_whichever_way_it_goes():
    rising = falling[::-1]
    assert codes(watched(falling, falling)) == ["LK708"]
    assert codes(watched(rising, rising)) == ["LK708"]
    assert codes(watched(falling, rising, better="low")) == ["LK708"]
    assert codes(watched(falling, rising)) == codes(watched(falling, falling, better="low")) == []


def test_what_hardly_moves_does_not_part():
    settled = [0.1, 0.5, *(0.9 - 1e-4 * epoch for epoch in range(18))]
    assert codes(watched(falling, settled)) == []
    noise = np.random.default_rng(0).normal(size=(400, 2))
    assert codes(watched(np.abs(noise[:, 0]), noise[:, 1])) == []
    assert codes(watched(falling[:9], falling[:9])) == []


def test_an_epoch_without_a_metric_is_left_out():
    watch = lk.watch()
    for epoch in range(40):
        watch.step(1 / (1 + epoch))
        watch.epoch(metric=epoch if epoch % 2 else None)
    assert (len(watch.losses), len(watch.metrics), watch.findings) == (40, 20, [])


def test_ranks_correlate_as_in_scipy():
    from scipy.stats import spearmanr

    a, b = [3.0, 1.0, 1.0, 2.0, 5.0], [1.0, 1.0, 0.0, 4.0, 4.0]
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert rank_correlation([1.0, 1.0], [1.0, 2.0]) == 0


# --- Steps ----------------------------------------------------------------------------------------------------------


def test_the_first_bad_operation_is_named():
    weight = nn.Parameter(torch.tensor([-1.0, 0.0, 2.0]))
    for expression, cause in {
        lambda w: w.log().mean(): "log: 2 of 3 values are 0 or below",
        lambda w: w.sqrt().sum() + 1: "sqrt: 1 of 3 values are below 0",
        lambda w: (1 / w).mean(): "reciprocal: 1 of 3 results are not finite",
        lambda w: (w.exp() / w).mean(): "div: 1 of 3 divisors are 0",
        lambda w: (1000 * w).exp().mean(): "exp: 1 of 3 results are not finite",
    }.items():
        watch = lk.watch()
        watch.step(expression(weight))
        assert watch.findings[0].evidence["cause"] == cause


def test_parameters_that_are_lost_already_are_told():
    layer = nn.Linear(2, 1)
    nn.init.constant_(layer.bias, math.nan)
    watch = lk.watch()
    watch.step(layer(torch.ones(3, 2)).mean())
    assert "1 of 2 parameters are not finite" in watch.findings[0].message
    watch = lk.watch()
    for value in (1.0, math.nan, math.nan, 1.0, math.nan):
        watch.step(value)
    assert [(found.evidence["step"], found.count) for found in watch.findings] == [(2, 2)]


def test_a_graph_that_is_gone_tells_nothing():
    value = nn.Parameter(torch.zeros(2)).log().mean()
    value.backward()
    watch = lk.watch()
    watch.step(value)
    assert (codes(watch), watch.findings[0].evidence["cause"]) == (["LK711"], "not known")


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        (nn.CrossEntropyLoss(), ["LK712"]),
        (lk.huber(), ["LK712"]),
        (lk.to_torch(lk.binary_cross_entropy()), ["LK712"]),
        (lk.squared_error() + 0.5 * lk.absolute_error(), ["LK712"]),
        (nn.PoissonNLLLoss(), []),
        (lk.gaussian_nll(), []),
        (F.mse_loss, []),
        (None, []),
    ],
)
def test_the_least_value_is_that_of_the_loss(loss, found):
    watch = lk.watch(loss=loss)
    for value in (1.0, 0.0, -1e-6):
        watch.step(value)
    assert watch.findings == []
    watch.step(-0.1)
    assert codes(watch) == found


def test_noise_is_no_spike():
    watch = lk.watch()
    for value in np.random.default_rng(0).lognormal(size=2000):
        watch.step(value)
    assert watch.findings == []
    watch.step(200.0)
    assert codes(watch) == ["LK710"]


def test_what_is_no_number_is_refused():
    watch = lk.watch()
    with pytest.raises(InvalidType, match="one number"):
        watch.step(torch.ones(2))
    with pytest.raises(InvalidType, match="metric"):
        watch.epoch(metric="high", loss=1.0)
    with pytest.raises(InvalidInput, match="no step"):
        lk.watch().epoch()
    with pytest.raises(InvalidInput, match="'high' or 'low'"):
        lk.watch(better="higher")
    with pytest.raises(UnknownName):
        lk.watch(mute=["LK000"])


def test_the_report_fits_80_columns_and_json_is_plain():
    watch = watched([*falling, math.inf], [*falling, 0.0])
    assert json.loads(json.dumps(watch.to_json(), allow_nan=False))["losses"][-1] is None
    with open("/dev/null", "w") as nowhere:
        console = Console(width=80, file=nowhere, record=True)
        render_terminal(watched(falling, falling).document(), console, 80)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    order = ["1 WARNING", "Mend it", "least loss", "0.05 in epoch 20", "The metric of each epoch"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


# --- Callbacks ------------------------------------------------------------------------------------------------------


class Classifier(lightning.LightningModule):
    def __init__(self, last=None, broken=False):
        super().__init__()
        self.network, self.last, self.broken = nn.Linear(5, 3), last or nn.Identity(), broken

    def training_step(self, batch, batch_idx):
        if self.broken:
            raise ZeroDivisionError
        return F.cross_entropy(self.last(self.network(batch[0])), batch[1])

    def validation_step(self, batch, batch_idx):
        self.log("accuracy", (self.network(batch[0]).argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.01)


def fit(module, doctor, path):
    torch.manual_seed(0)
    x = torch.randn(32, 5)
    loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=8)
    quiet = dict(enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False, logger=False)
    trainer = lightning.Trainer(
        max_epochs=3, accelerator="cpu", devices=1, default_root_dir=path, callbacks=[doctor], **quiet
    )
    trainer.fit(module, loader, loader)


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
@pytest.mark.filterwarnings("ignore:`isinstance\\(treespec, LeafSpec\\)` is deprecated")
def test_lightning(tmp_path, capsys):
    before = F.cross_entropy
    doctor = lk.LightningDoctor(metric="accuracy", loss=nn.CrossEntropyLoss())
    fit(Classifier(), doctor, tmp_path)
    assert (doctor.findings, len(doctor.watch.steps), len(doctor.watch.metrics)) == ([], 12, 3)
    assert "No mistake was found." in capsys.readouterr().out
    doctor = lk.LightningDoctor(quiet=True)
    fit(Classifier(nn.Softmax(1)), doctor, tmp_path)
    fit(Classifier(nn.Softmax(1)), doctor, tmp_path)
    assert [(found.code, found.count) for found in doctor.findings] == [("LK101", 20)]
    assert capsys.readouterr().out == ""
    with pytest.raises(ZeroDivisionError):
        fit(Classifier(broken=True), lk.LightningDoctor(quiet=True), tmp_path)
    assert F.cross_entropy is before


def test_hugging_face(tmp_path):
    def train(doctor, loss=None):
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=17, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, num_labels=3
        )
        rows = [{"input_ids": torch.randint(0, 17, (6,)), "labels": torch.tensor(i % 3)} for i in range(16)]
        arguments = transformers.TrainingArguments(
            str(tmp_path), num_train_epochs=2, use_cpu=True, report_to=[], save_strategy="no", eval_strategy="epoch",
            logging_steps=1, disable_tqdm=True, dataloader_pin_memory=False,
        )  # fmt: skip
        transformers.Trainer(
            transformers.BertForSequenceClassification(config),
            arguments,
            train_dataset=rows,
            eval_dataset=rows,
            compute_loss_func=loss,
            compute_metrics=lambda seen: {"accuracy": float((seen[0].argmax(1) == seen[1]).mean())},
            callbacks=[doctor],
        ).train()

    before = F.cross_entropy
    doctor = lk.TrainerDoctor(metric="eval_accuracy", quiet=True)
    train(doctor)
    assert (doctor.findings, len(doctor.watch.steps), len(doctor.watch.metrics)) == ([], 4, 2)
    doctor = lk.TrainerDoctor(quiet=True)
    train(doctor, lambda outputs, labels, num_items_in_batch: F.cross_entropy(outputs.logits.softmax(1), labels))
    assert [found.code for found in doctor.findings] == ["LK101"]
    assert F.cross_entropy is before


def test_keras():
    def train(doctor, loss, y):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
        model.compile(loss=loss, optimizer="sgd", metrics=["mae"])
        x = np.random.default_rng(0).normal(size=(32, 5)).astype("float32")
        model.fit(x, y, epochs=3, verbose=0, callbacks=[doctor])

    y = np.ones((32, 1), "float32")
    doctor = lk.KerasDoctor(metric="mae", better="low", loss=lk.huber(), quiet=True)
    train(doctor, lk.to_keras(lk.huber()), y)
    assert (doctor.findings, len(doctor.watch.steps), len(doctor.watch.metrics)) == ([], 3, 3)
    doctor = lk.KerasDoctor(quiet=True)
    train(doctor, lambda t, p: keras.ops.mean(keras.ops.log(t - 1 + 0 * p)), y)
    assert [found.code for found in doctor.findings] == ["LK711"]
    doctor = lk.KerasDoctor(loss=lk.binary_cross_entropy(), quiet=True)
    train(doctor, keras.losses.BinaryCrossentropy(from_logits=True), 100 * y)
    assert "LK712" in [found.code for found in doctor.findings]
