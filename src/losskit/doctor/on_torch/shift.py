"""LK610: a language model whose labels are shifted twice, so that it learns the token after the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.masks import ignored
from losskit.doctor.place import Place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation

_ENOUGH = 8  # tokens that are compared
_FARTHEST = 8


class Shift:
    """Token ids that were looked up, against the targets that follow.

    A finding is made in the backward pass, and only if all targets of that pass lie two places ahead: models that
    predict several tokens at once have others too.
    """

    def __init__(self, observation: Observation):
        self._observation = observation
        self._looked_up: deque[torch.Tensor] = deque(maxlen=8)
        self._seen: list[tuple[int, Finding, Place]] = []

    def see_lookup(self, args: Iterable[object]) -> None:
        """An embedding was called with `args`, of which the one of whole numbers is the ids."""
        ids = [x for x in args if isinstance(x, torch.Tensor) and not x.is_floating_point()]
        self._looked_up += [x.detach() for x in ids if x.ndim in (1, 2)]

    def see_call(self, call: Call) -> None:
        if not (call.recording and call.counts_ids):
            return
        kept = ~ignored(call)
        found = {places: count for ids in self._looked_up for places, count in _shifts(ids, call.target, kept)}
        if found:
            places = min(found)
            self._seen.append((places, _finding(places, found[places]), call.place))

    def end_of_pass(self) -> None:
        """A backward pass begins: what belongs to it has been seen."""
        if {places for places, _, _ in self._seen} == {2}:
            for _, found, place in self._seen:
                self._observation.add(found, place)
        self._seen.clear()
        self._looked_up.clear()


def _finding(places: int, compared: int) -> Finding:
    return finding(
        "LK610",
        f"all {compared} targets that can be compared are the input {places} places ahead, not the next one: the "
        "labels are shifted once by hand and once by the model.",
        {"places ahead": places, "targets compared": compared},
    )


def _shifts(ids: torch.Tensor, target: torch.Tensor, kept: torch.Tensor) -> Iterator[tuple[int, int]]:
    """By how many places `target` is ahead of `ids`, with the number of tokens that say so; time last, or first."""
    rows = ids if ids.ndim == 2 else ids[None]
    for tokens, count in ((rows, rows.shape[0]), (rows.T, rows.shape[1])):
        length = target.numel() // max(count, 1)
        if count * length != target.numel() or not 0 <= tokens.shape[1] - length <= _FARTHEST:
            continue
        time_last = tokens is rows
        shape = (count, length) if time_last else (length, count)
        labels, mask = (x.reshape(shape) if time_last else x.reshape(shape).T for x in (target, kept))
        for places in range(1, _FARTHEST + 1):
            width = min(length, tokens.shape[1] - places)
            if width < 1:
                break
            same = (labels[:, :width] == tokens[:, places : places + width])[mask[:, :width]]
            if len(same) >= _ENOUGH and bool(same.all()):
                yield places, len(same)
                break
