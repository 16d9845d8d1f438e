"""Batches that a `tf.data` pipeline hands to a compiled step of TensorFlow."""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf
from keras.src.backend.tensorflow.trainer import TFEpochIterator

from losskit.doctor.patches import Patches

_TAP = "losskit_tap"  # an attribute of an iterator: a queue with the last batch that it gave


def watch_batches(patches: Patches) -> None:
    """Keep the last batch that each of Keras' iterators gave, for `seen_batch`."""
    patches.replace(TFEpochIterator, "_get_iterator", _tapped)


def seen_batch(batches: Any) -> tuple[deque[Any], Iterable[Any]]:
    """A queue where the batch of the next step lies after it, if it can be known; and what to give to the step."""
    if isinstance(batches, tf.data.Iterator):
        return getattr(batches, _TAP, deque()), batches
    first = list(itertools.islice(batches, 1))
    return deque(first), itertools.chain(first, batches)


class _Tapped:
    """A dataset whose iterators are tapped."""

    def __init__(self, dataset: Any):
        self._dataset = dataset

    def __iter__(self) -> Any:
        last: deque[Any] = deque(maxlen=1)
        iterator = iter(_tap(self._dataset, last))
        setattr(iterator, _TAP, last)
        return iterator


def _tapped(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def _get_iterator(epochs: Any) -> Any:
        dataset = original(epochs)
        specs = tf.nest.flatten(getattr(dataset, "element_spec", None))
        plain = isinstance(dataset, tf.data.Dataset) and all(isinstance(each, tf.TensorSpec) for each in specs)
        return _Tapped(dataset) if plain else dataset

    return _get_iterator


def _tap(dataset: tf.data.Dataset, last: deque[Any]) -> tf.data.Dataset:
    """The same dataset; each element is put into `last` as it passes."""
    spec = dataset.element_spec

    def keep(*flat: Any) -> None:
        last.append(tf.nest.pack_sequence_as(spec, flat))

    def passes(*element: Any) -> Any:
        tf.numpy_function(keep, tf.nest.flatten(element), [])
        return element if isinstance(spec, tuple) else element[0]

    return dataset.map(passes)
