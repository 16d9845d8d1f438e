"""llms.txt: the catalogue for a language model, laid out as llmstxt.org asks."""

from __future__ import annotations

from losskit.catalogue import FAMILIES
from losskit.insight.pages import Page

SUMMARY = """\
# losskit

> Loss functions for Python: exact and checked, on NumPy, PyTorch, JAX and TensorFlow arrays and in PyTorch, Keras, \
scikit-learn, LightGBM, XGBoost, Hugging Face and Lightning; and a comparison that says which loss to train with.

`import losskit as lk`; a factory makes a loss, `loss = lk.huber(delta=1.0)`, and the loss takes arrays, prediction \
first: `loss(pred, target)` is the mean, `loss.each` one value an item, `loss.gradient` exact. Shapes agree exactly. \
`pred` is a raw score unless the inputs below say otherwise, and binary targets are 0/1.

## Docs

- [Home](index.html): what losskit is, and a first use
- [Families](families/index.html): the losses compared within each family
- [Examples](examples.html): short scripts with each framework
"""


def source() -> str:
    """The whole file."""
    sections = [
        f"## {name.capitalize()}\n\n" + "\n".join(_line(Page(factory)) for factory in members)
        for name, members in FAMILIES.items()
        if members
    ]
    return "\n".join([SUMMARY, "\n\n".join(sections)]) + "\n"


def _line(loss: Page) -> str:
    d = loss.definition
    inputs = "; ".join(f"{name}: {domain.description}" for name, domain in d.inputs.items())
    return f"- [{loss.name}](losses/{loss.name}.html): {d.description} `{loss.signature}`. Inputs: {inputs}."
