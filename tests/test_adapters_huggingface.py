"""Losses in Hugging Face's Trainer: real runs of tiny models with random weights, made from a configuration."""

from __future__ import annotations

import pytest
import torch
import transformers

import losskit as lk
from losskit.adapters.huggingface import to_huggingface
from losskit.errors import InvalidInput, InvalidType, NotSupported

ROWS, LENGTH, VOCABULARY = 8, 10, 17


def language_model():
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY, n_positions=LENGTH, n_embd=8, n_layer=1, n_head=2,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    return transformers.GPT2LMHeadModel(config)


def bert(kind, labels):
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=VOCABULARY, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        max_position_embeddings=LENGTH, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=labels,
    )  # fmt: skip
    return kind(config)


def texts():
    return torch.randint(0, VOCABULARY, (ROWS, LENGTH), generator=torch.Generator().manual_seed(1))


def uneven(labels):
    """Row i keeps i + 1 labels or so, and the last row none."""
    labels = labels.clone()
    for i, row in enumerate(labels):
        row[i + 2 :] = -100
    labels[-1] = -100
    return labels


def rows(labels):
    return [{"input_ids": ids, "labels": label} for ids, label in zip(texts(), labels, strict=True)]


def trained(tmp_path, model, labels, loss=None, accumulation=1, steps=1):
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path),
        per_device_train_batch_size=ROWS // accumulation,
        gradient_accumulation_steps=accumulation,
        max_steps=steps,
        learning_rate=0.1,
        lr_scheduler_type="constant",
        optim="sgd",
        max_grad_norm=0.0,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_steps=1,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    trainer = transformers.Trainer(model, arguments, train_dataset=rows(labels), compute_loss_func=loss)
    trainer.train()
    return trainer


def history(trainer):
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def assert_same_weights(a, b, **tolerance):
    for (name, ours), theirs in zip(a.state_dict().items(), b.state_dict().values(), strict=True):
        torch.testing.assert_close(ours, theirs, msg=lambda text, name=name: f"{name}: {text}", **tolerance)


CASES = {
    "causal": (language_model, lambda: uneven(texts()), dict(shift_labels=True)),
    "tokens": (lambda: bert(transformers.BertForTokenClassification, 5), lambda: uneven(texts() % 5), {}),
    "sequences": (lambda: bert(transformers.BertForSequenceClassification, 3), lambda: texts()[:, 0] % 3, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_training_is_that_of_the_models_own_cross_entropy(tmp_path, case):
    make, labels, options = CASES[case]
    criterion = to_huggingface(lk.cross_entropy(), **options)
    parts = 2 if case == "causal" else 1  # the other models give a mean for each part, and the Trainer adds them up
    ours = trained(tmp_path, make(), labels(), criterion, accumulation=parts, steps=5)
    own = trained(tmp_path, make(), labels(), accumulation=parts, steps=5)
    assert history(ours) == pytest.approx(history(own), rel=1e-5)
    assert history(ours)[-1] < history(ours)[0]
    assert_same_weights(ours.model, own.model, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_accumulated_steps_are_those_of_the_whole_batch(tmp_path, case):
    make, labels, options = CASES[case]
    criterion = to_huggingface(lk.cross_entropy(), **options)
    whole = trained(tmp_path, make(), labels(), criterion)
    parts = trained(tmp_path, make(), labels(), criterion, accumulation=4)
    assert_same_weights(whole.model, parts.model, rtol=1e-5, atol=1e-7)
    start = make().state_dict()
    assert any(not torch.equal(start[name], value) for name, value in whole.model.state_dict().items())


def test_a_regression_accumulates_saves_and_predicts_the_same(tmp_path):
    labels = texts().float().mean(1) / VOCABULARY

    def make():
        return bert(transformers.BertForSequenceClassification, 1)

    criterion = to_huggingface(lk.huber(delta=0.5) + 0.1 * lk.absolute_error())
    whole = trained(tmp_path, make(), labels, criterion)
    parts = trained(tmp_path, make(), labels, criterion, accumulation=4)
    assert_same_weights(whole.model, parts.model, rtol=1e-5, atol=1e-7)

    whole.save_model(str(tmp_path / "saved"))
    again = transformers.BertForSequenceClassification.from_pretrained(tmp_path / "saved")
    torch.testing.assert_close(again.eval()(texts()).logits, whole.model.eval()(texts()).logits, rtol=0.0, atol=0.0)
    evaluated = whole.evaluate(rows(labels))["eval_loss"]
    assert evaluated == pytest.approx(criterion.loss(again(texts()).logits[:, 0], labels).item(), rel=1e-5)


def test_takes_logits_from_mappings_and_tuples():
    score, ids = torch.randn(4, 3), torch.tensor([0, 1, 2, -100])
    criterion = to_huggingface(lk.cross_entropy())
    expected = torch.nn.functional.cross_entropy(score, ids)
    for outputs in ({"logits": score}, (score, "hidden"), transformers.modeling_outputs.ModelOutput(logits=score)):
        torch.testing.assert_close(criterion(outputs, ids), expected)
        torch.testing.assert_close(criterion(outputs, ids, num_items_in_batch=6), expected * 3 / 6)
        torch.testing.assert_close(criterion(outputs, ids, num_items_in_batch=torch.tensor(6)), expected * 3 / 6)
    with pytest.raises(InvalidType, match="a mapping with scores"):
        criterion({"scores": score}, ids)
    with pytest.raises(InvalidType, match="got Tensor"):
        criterion(score, ids)


def test_under_data_parallel_the_count_comes_for_each_device():
    """As Trainer._get_num_items_in_batch and compute_loss have it for two devices, whose outputs come gathered."""
    score, ids = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    criterion = to_huggingface(lk.cross_entropy())
    averaged = criterion({"logits": score}, ids, num_items_in_batch=torch.tensor(4)[None].expand(2, -1)) * 2
    halved = criterion({"logits": score}, ids, num_items_in_batch=torch.tensor(4 // 2)[None].expand(2, -1))
    torch.testing.assert_close(averaged, lk.cross_entropy()(score, ids))
    torch.testing.assert_close(halved, lk.cross_entropy()(score, ids))


def test_nothing_left_is_no_loss():
    score, ids = torch.randn(2, 3, requires_grad=True), torch.tensor([-100, -100])
    value = to_huggingface(lk.cross_entropy())({"logits": score}, ids, num_items_in_batch=torch.tensor(0))
    assert value.item() == 0
    assert (torch.autograd.grad(value, score)[0] == 0).all()


def test_refusals_name_what_is_wrong():
    with pytest.raises(InvalidInput, match="ignore_index=0"):
        to_huggingface(lk.cross_entropy(ignore_index=0))
    with pytest.raises(InvalidInput, match="no label can be shifted"):
        to_huggingface(lk.huber(), shift_labels=True)
    with pytest.raises(NotSupported, match="zero_one is flat"):
        to_huggingface(lk.zero_one())
    with pytest.raises(InvalidType, match=r"lk\.huber\(\)"):
        to_huggingface(lk.huber)
    with pytest.raises(InvalidInput, match="shifted by one"):
        to_huggingface(lk.cross_entropy())(language_model()(texts()), texts())
    assert repr(to_huggingface(lk.huber())) == "to_huggingface(lk.huber())"
