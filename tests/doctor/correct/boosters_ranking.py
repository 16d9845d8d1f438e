"""Ranking by hand: pairs within lists, and a pairwise loss over all rows that needs no lists."""

import itertools

import lightgbm
import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(300, 5))
grade = np.clip(np.round(x[:, 0] + 0.5 * rng.normal(size=300)) + 1.0, 0.0, 3.0)


def pairs(scores, label):
    """RankNet over one list: each pair of different grades pushes both apart."""
    better = label[:, None] > label[None, :]
    p = np.where(better, 1.0 / (1.0 + np.exp(scores[:, None] - scores[None, :])), 0.0)
    steep = p * (1.0 - p)
    return p.sum(axis=0) - p.sum(axis=1), steep.sum(axis=0) + steep.sum(axis=1) + 1e-6


def in_lists(scores, label, ends):
    each = [pairs(scores[a:b], label[a:b]) for a, b in itertools.pairwise(ends)]
    return tuple(np.concatenate(part) for part in zip(*each, strict=True))


def for_lightgbm(scores, data):
    return in_lists(scores, data.get_label(), np.append(0, np.cumsum(data.get_group())))


def for_xgboost(scores, data):
    return in_lists(scores, data.get_label(), data.get_uint_info("group_ptr"))


def over_all(scores, data):
    return pairs(scores, data.get_label())


lists = np.full(30, 10)
lightgbm.train({"objective": for_lightgbm, "verbose": -1}, lightgbm.Dataset(x, grade, group=lists), 10)
xgboost.train({}, xgboost.DMatrix(x, grade, qid=np.repeat(np.arange(30), 10)), 10, obj=for_xgboost)
lightgbm.train({"objective": over_all, "verbose": -1}, lightgbm.Dataset(x, grade), 10)
xgboost.train({}, xgboost.DMatrix(x, grade), 10, obj=over_all)
