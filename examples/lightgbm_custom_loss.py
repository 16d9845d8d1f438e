"""
A loss of one's own in LightGBM
===============================

How many loaves should a bakery bake? A loaf left over costs 1. A missing loaf loses a customer's patience, and ten
missing loaves lose it more than ten times as much. No library ships this cost; ten lines define it.
"""

# %%
# The cost is written once, with the words of ``ops``. Its claims say what is true of it, and are held to it below.
import lightgbm
import matplotlib.pyplot as plt
import numpy as np

import losskit as lk
from losskit.testing import check_loss


@lk.define_loss(
    pred=lk.Real,
    target=lk.Real,
    patience=lk.Positive(4.0, doc="the number of missing units that cost as much as that many left over"),
    claims=dict(convex=True, residual=True, zero_at_target=True),
)
def stock_cost(ops, pred, target, *, patience):
    """1 for each unit left over; what is missing costs its square over `patience`."""
    left_over = ops.relu(pred - target)
    missing = ops.relu(target - pred)
    return left_over + missing * missing / patience


# %%
# ``check_loss`` holds it to the laws that every loss of the catalogue obeys: value and derivatives against 50 digits,
# weights, masks, shapes, and each claim both ways. A wrong claim, or a formula that cancels, fails here by name.
check_loss(stock_cost, libraries=["numpy"])
loss = stock_cost(patience=4.0)
each = loss.each(np.array([13.0, 7.0]), np.array([10.0, 10.0]))
print(f"three loaves left over cost {each[0]:.2f}, three missing {each[1]:.2f}")

# %%
# Four thousand days: weekday, temperature, now and then a market. Demand is random, the more so the higher it is.
rng = np.random.default_rng(0)
weekday, temperature, market = rng.integers(7, size=4000), rng.normal(15, 8, 4000), rng.random(4000) < 0.1
X = np.column_stack([weekday, temperature, market])
rate = 20 + 10 * (weekday >= 5) + 0.4 * np.abs(temperature - 10) + 25 * market
demand = rng.negative_binomial(8, 8 / (8 + rate)).astype(float)
X_train, X_test, y_train, y_test = X[:3000], X[3000:], demand[:3000], demand[3000:]


# %%
# The same trees under LightGBM's own squared error and under our cost. And, in fairness, a third answer: the mean plus
# a constant margin, the best one for the training days, as a shopkeeper without losskit would do it.
def fit(objective):
    model = lightgbm.LGBMRegressor(objective=objective, n_estimators=150, learning_rate=0.05, num_leaves=8, verbose=-1)
    return model.fit(X_train, y_train)


mean, cost = fit("l2"), fit(lk.to_lightgbm(loss))
margins = np.arange(0.0, 20.0, 0.5)
margin = min(margins, key=lambda margin: loss(mean.predict(X_train) + margin, y_train))
orders = {
    "squared error": mean.predict(X_test),
    f"squared error + {margin:g}": mean.predict(X_test) + margin,
    "stock_cost": cost.predict(X_test),
}
costs = {name: loss.each(order, y_test) for name, order in orders.items()}
for name, order in orders.items():
    short = np.mean(order < y_test)
    print(f"{name:20} cost a day {costs[name].mean():6.2f}, baked {order.mean():5.1f}, days short {short:.0%}")
saved = costs[f"squared error + {margin:g}"] - costs["stock_cost"]
error = saved.std(ddof=1) / np.sqrt(len(saved))
print(f"stock_cost saves {saved.mean():.2f} a day against the margin (standard error {error:.2f})")

# %%
plt.style.use("petroff10")
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
over = np.linspace(-8, 16, 201)
left.plot(over, loss.each(over, np.zeros_like(over)), label="stock_cost(patience=4)")
left.plot(over, lk.squared_error().each(over, np.zeros_like(over)), "--", label="squared_error()")
left.set(title="What a wrong order costs", xlabel="loaves baked above demand", ylabel="cost (loaves)", ylim=(-0.5, 24))
left.legend(loc="upper right", fontsize=8)
bars = right.bar(list(costs), [c.mean() for c in costs.values()], color=["C1", "C3", "C0"])
right.bar_label(bars, fmt="%.1f")
right.set(title="Trained on the cost that counts", ylabel="mean cost on fresh days (loaves)", ylim=(0, 28))
plt.show()
