"""
Choose a loss by the metric
===========================

The model will be judged by its mean absolute error. Which loss should it be trained with: absolute error, as the metric
suggests, or another? ``lk.choose`` compares what theory proposes on the same folds, and says *better*, *same* or
*unclear*.
"""

# %%
import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes

import losskit as lk

# %%
# 442 patients, ten measurements, and the progress of the disease one year later. The budget is in seconds; what has not
# been compared when it ends is said.
X, y = load_diabetes(return_X_y=True, as_frame=True)
verdict = lk.choose(X, y, metric="mae", budget=20, repeats=2)
print(verdict.verdict, "-", verdict.sentence)

# %%
# The leaderboard, best first. ``gain`` is relative to the default, ``se`` its standard error over the paired folds: two
# losses no further apart than that cannot be told apart, whichever stands first.
board = verdict.frame()
print(board[["name", "mean", "gain", "se", "p_better", "tag"]].to_string(index=False, float_format="{:.3f}".format))

# %%
# What to train with, and the code to paste for a framework.
print(f"\nthe pick: {verdict.best!r} ({'proven' if verdict.proven else 'not proven'})\n")
print(verdict.code()["torch"])

# %%
seen = board[board["gain"].notna()][::-1]
plt.style.use("petroff10")
figure, axis = plt.subplots(figsize=(8, 4.2), layout="constrained")
axis.errorbar(100 * seen["gain"], seen["name"], xerr=196 * seen["se"], fmt="o", capsize=3, label="gain, 95 % interval")
axis.axvspan(-1, 1, color="0.9", label="gains too small to matter")
axis.axvline(0, color="0.4", linewidth=1)
axis.set(title=f"Verdict: {verdict.verdict}", xlabel=f"gain in mean absolute error over {verdict.default.name} (%)")
axis.legend()
plt.show()
