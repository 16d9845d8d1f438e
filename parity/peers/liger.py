"""Liger Kernel: the losses of its chunked linear layers, called without the layer."""

from __future__ import annotations

import torch
from liger_kernel.chunked_loss.cpo_loss import LigerFusedLinearCPOFunction
from liger_kernel.chunked_loss.dpo_loss import LigerFusedLinearDPOFunction
from liger_kernel.chunked_loss.grpo_loss import LigerFusedLinearGRPOFunction, k3_loss_fn
from liger_kernel.chunked_loss.kto_loss import LigerFusedLinearKTOFunction
from liger_kernel.chunked_loss.orpo_loss import LigerFusedLinearORPOFunction
from liger_kernel.chunked_loss.simpo_loss import LigerFusedLinearSimPOFunction

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "liger_kernel"

_PAIR = torch.empty(2)  # the targets of the layer, of which the losses take the number


def _pairs(layer, **options):
    """A loss of pairs, of one pair after the other."""

    def call(chosen, rejected, *reference):
        found = layer.preference_loss_fn(chosen, rejected, _PAIR, *reference, **options)
        return found[0] if isinstance(found, tuple) else found

    return one_by_one(call)


def _kto(log_prob, ref_log_prob, desirable, kl):
    each = LigerFusedLinearKTOFunction.preference_loss_fn
    return each(log_prob, desirable > 0.5, _PAIR[:1], ref_log_prob, kl=kl)[0]


def _grpo(log_prob, old_log_prob, advantage):
    """Answers of one token each."""
    mask = torch.ones_like(log_prob)[:, None]
    options = dict(old_per_token_logps=old_log_prob[:, None], beta=0.0, loss_type="bnpo")
    return LigerFusedLinearGRPOFunction.ppo_loss_fn(log_prob[:, None], mask, advantage, mask, **options)[0]


ROWS = [
    *(
        Row(lk.dpo(kind=kind), f"DPO, loss_type='{theirs}'", _pairs(LigerFusedLinearDPOFunction, loss_type=theirs))
        for kind, theirs in (
            ("sigmoid", "sigmoid"),
            ("hinge", "hinge"),
            ("sppo", "sppo_hard"),
            ("apo_zero", "apo_zero"),
            ("apo_down", "apo_down"),
        )
    ),
    Row(
        lk.dpo(kind="robust", label_smoothing=0.1),
        "DPO, loss_type='robust', label_smoothing=0.1",
        _pairs(LigerFusedLinearDPOFunction, loss_type="robust", label_smoothing=0.1),
    ),
    Row(lk.kto(), "KTO", one_by_one(_kto)),
    Row(lk.simpo(), "SimPO(beta=2)", _pairs(LigerFusedLinearSimPOFunction, beta=2.0)),
    Row(
        lk.orpo(),
        "ORPO",
        lambda chosen, rejected: _pairs(LigerFusedLinearORPOFunction)(chosen, rejected) - chosen,
        mapping="less chosen: the layer adds the likelihood beside it",
    ),
    Row(
        lk.cpo(alpha=0.0),
        "CPO",
        _pairs(LigerFusedLinearCPOFunction),
        mapping="alpha=0: the layer adds the likelihood beside it",
    ),
    Row(lk.policy_clip(), "GRPO(beta=0, loss_type='bnpo')", one_by_one(_grpo)),
    Row(
        lk.policy_kl(),
        "GRPO's k3_loss_fn",
        lambda log_prob, ref_log_prob: k3_loss_fn(ref_log_prob, log_prob),
    ),
]
