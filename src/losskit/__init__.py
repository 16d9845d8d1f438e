"""losskit: tell it how your model is judged; it finds the loss to train with, and hands you that loss.

    import losskit as lk

    loss = lk.huber(delta=1.0)
    loss(pred, target)               # the mean, on NumPy, PyTorch, JAX or TensorFlow arrays
    loss.gradient(pred, target)      # exact, without autograd

Every loss of the catalogue is a function here (`losskit.names()` lists them); adapters and `choose` load on use.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from losskit import catalogue as _catalogue
from losskit import kernels as _kernels  # noqa: F401, registers them
from losskit._version import __version__
from losskit.core.acceleration import plain
from losskit.core.checks import check
from losskit.core.define import define_loss
from losskit.core.domains import (
    AboveMinusOne,
    BatchBinary,
    BatchScores,
    Binary,
    Boxes,
    Classes,
    Cosines,
    Domain,
    Draws,
    Embeddings,
    Fraction,
    Groups,
    Log1p,
    Logit,
    Logits,
    LogProbs,
    LogRate,
    Margin,
    NonNegativeReal,
    Picture,
    Pixels,
    PositiveReal,
    Prob,
    Probs,
    Real,
    Relevance,
    Scores,
    Vector,
)
from losskit.core.loss import Loss
from losskit.core.params import Between, Flag, NonNegative, Param, PerClass, Positive, Static
from losskit.core.registry import get, names
from losskit.errors import LosskitError

_LOADED_ON_USE = {
    "to_torch": "losskit.adapters.torch",
    "to_keras": "losskit.adapters.keras",
    "to_huggingface": "losskit.adapters.huggingface",
    "LossModule": "losskit.adapters.lightning",
    "LossMonitor": "losskit.adapters.lightning",
    "to_lightgbm": "losskit.adapters.lightgbm",
    "LossLGBMRegressor": "losskit.adapters.lightgbm",
    "LossLGBMClassifier": "losskit.adapters.lightgbm",
    "LossLGBMRanker": "losskit.adapters.lightgbm",
    "to_xgboost": "losskit.adapters.xgboost",
    "LossXGBRegressor": "losskit.adapters.xgboost",
    "LossXGBClassifier": "losskit.adapters.xgboost",
    "LossXGBRanker": "losskit.adapters.xgboost",
    "check_objective": "losskit.adapters.objective",
    "LossRegressor": "losskit.training.estimators.regressor",
    "LossClassifier": "losskit.training.estimators.classifier",
    "LossRanker": "losskit.training.estimators.ranker",
    "scorer": "losskit.training.estimators.scoring",
    "choose": "losskit.chooser.choose",
    "observe": "losskit.doctor.observe",
    "diagnose": "losskit.doctor.diagnose",
    "watch": "losskit.doctor.over_time",
    "LightningDoctor": "losskit.doctor.callbacks.lightning",
    "TrainerDoctor": "losskit.doctor.callbacks.huggingface",
    "KerasDoctor": "losskit.doctor.callbacks.keras",
    "set_num_threads": "losskit.kernels.pool",
}

globals().update({f.__name__: f for family in _catalogue.FAMILIES.values() for f in family})

__all__ = [
    *names(),
    *_LOADED_ON_USE,
    "AboveMinusOne",
    "Between",
    "Binary",
    "Classes",
    "Domain",
    "Flag",
    "Fraction",
    "Log1p",
    "LogProbs",
    "LogRate",
    "Logit",
    "Logits",
    "Loss",
    "LosskitError",
    "Margin",
    "NonNegative",
    "NonNegativeReal",
    "Param",
    "PerClass",
    "Positive",
    "PositiveReal",
    "Prob",
    "Real",
    "Relevance",
    "Scores",
    "Static",
    "Probs",
    "Cosines",
    "Vector",
    "Draws",
    "Boxes",
    "Picture",
    "Embeddings",
    "Groups",
    "BatchScores",
    "BatchBinary",
    "Pixels",
    "__version__",
    "check",
    "define_loss",
    "get",
    "names",
    "plain",
]


if "keras" in sys.modules:  # so that load_model finds the losses of a saved model
    importlib.import_module("losskit.adapters.keras")


def __getattr__(name: str) -> Any:
    if name in _LOADED_ON_USE:
        return getattr(importlib.import_module(_LOADED_ON_USE[name]), name)
    raise AttributeError(f"module 'losskit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
