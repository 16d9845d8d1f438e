"""scikit-learn's own losses, which its gradient boosting and linear models run on."""

from __future__ import annotations

import numpy as np
from sklearn._loss import loss as own

from benchmarks.measuring import THREADS, Side

ENTRIES = {
    "huber": own.HuberLoss(delta=1.0),
    "quantile": own.PinballLoss(quantile=0.9),
    "binary_cross_entropy": own.HalfBinomialLoss(),
    "poisson": own.HalfPoissonLoss(),
}
SMALL = 10_000  # entries: up to here one thread is quicker


def value_and_gradient(loss: str, pred: np.ndarray, target: np.ndarray, dtype: str) -> Side | None:
    if dtype != "float32" or (target.ndim == pred.ndim) != (loss in ENTRIES):
        return None
    if loss not in (*ENTRIES, "cross_entropy"):
        return None
    peer = ENTRIES[loss] if loss in ENTRIES else own.HalfMultinomialLoss(n_classes=pred.shape[1])
    y, threads = target.astype(pred.dtype), threads_for(pred)
    each, gradient = np.empty_like(y), np.empty_like(pred)
    if loss in ENTRIES:
        y, pred, each, gradient = (x.reshape(-1) for x in (y, pred, each, gradient))
    return lambda: peer.loss_gradient(y, pred, loss_out=each, gradient_out=gradient, n_threads=threads)


def gradient_and_hessian(loss: str, pred: np.ndarray, target: np.ndarray, dtype: str) -> Side | None:
    if loss not in ENTRIES:
        return None
    gradient, hessian = np.empty_like(pred), np.empty_like(pred)
    run = ENTRIES[loss].gradient_hessian
    return lambda: run(target, pred, gradient_out=gradient, hessian_out=hessian, n_threads=threads_for(pred))


def threads_for(pred: np.ndarray) -> int:
    return THREADS if pred.size > SMALL else 1
