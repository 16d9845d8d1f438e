"""All structural laws, from the files that hold them by subject."""

from __future__ import annotations

from losskit.testing import laws_compilers, laws_derivatives, laws_inputs, laws_reduction, laws_results
from losskit.testing.case import Law

_SUBJECTS = (laws_results, laws_inputs, laws_reduction, laws_derivatives, laws_compilers)
LAWS = tuple(law for subject in _SUBJECTS for law in vars(subject).values() if isinstance(law, Law))
