"""Is a booster's objective right?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losskit.adapters.objective import check_objective


def assert_objective_is_consistent(objective: Callable[..., Any], task: str = "regression", **options: Any) -> None:
    """`lk.check_objective(objective, task, **options)` finds no error; a warning of it lets the test pass.

    Raises AssertionError with all that it finds, in numbers, and how to mend it.
    """
    __tracebackhide__ = True
    found = check_objective(objective, task, **options)
    if any(each.severity == "error" for each in found):
        raise AssertionError(f"the objective is not consistent for {task}:\n{found}")
