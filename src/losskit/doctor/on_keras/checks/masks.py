"""LK601 and LK602: targets that are ignored. Keras then gives 0 and says nothing."""

from __future__ import annotations

from collections.abc import Iterator

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_keras.call import Call


def all_ignored(call: Call) -> Iterator[Finding]:
    """A batch of padding alone does no harm here: only where nothing has been left over so far."""
    ignore = call.arguments.get("ignore_class")
    if ignore is None or not call.reduced or call.targets is None or not call.targets.size:
        return
    ignored, kept = int((call.targets == ignore).sum()), int((call.targets != ignore).sum())
    call.memory["kept"] = call.memory.get("kept", 0) + kept
    if not call.memory["kept"]:
        yield finding(
            "LK601",
            f"all {ignored} targets are {ignore}, which {call.said} ignores: the loss is 0, and nothing is learnt.",
            {"ignored": ignored, "targets": call.targets.size},
            fix="Look at the targets, and at what ignore_class is meant to leave out.",
        )


def class_ignored(call: Call) -> Iterator[Finding]:
    """Only where each row is a sample: in sequences and pictures padding or background is ignored on purpose."""
    ignore = call.arguments.get("ignore_class")
    if ignore is None or not call.trainer or call.targets is None or len(call.pred.shape) != 2:
        return
    ignored = int((call.targets == ignore).sum())
    if ignored and 0 <= ignore < (call.classes or 0):
        yield finding(
            "LK602",
            f"ignore_class is {ignore}, one of the {call.classes} classes: {ignored} of {call.targets.size} samples "
            "are left out, and this class is never learnt.",
            {"ignore_class": ignore, "ignored": ignored, "targets": call.targets.size},
            fix="Choose an ignore_class outside the classes, such as -1.",
        )


CHECKS = (all_ignored, class_ignored)
