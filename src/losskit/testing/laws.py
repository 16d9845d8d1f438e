"""All structural laws, from the files that hold them by subject."""

from __future__ import annotations

from losskit.testing import laws_compilers, laws_derivatives, laws_inputs, laws_reduction, laws_results
from losskit.testing.case import LAWS, Case, Law

__all__ = ["LAWS", "Case", "Law", "laws_compilers", "laws_derivatives", "laws_inputs", "laws_reduction", "laws_results"]
