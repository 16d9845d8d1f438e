"""
JAX, Equinox and Optax: a whole grid of losses at once
======================================================

The parameters of a loss may be traced arrays. So ``jax.vmap`` can run over them as over anything else: here one
network is trained under thirty Huber losses, each with its own ``delta``, in a single compiled loop.
"""

# %%
import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

import losskit as lk

jax.config.update("jax_enable_x64", True)

# %%
# A wave with a little noise, of standard deviation 0.1; but every fifth reading is far too high.
rng = np.random.default_rng(0)


def readings(count):
    x = rng.uniform(-3, 3, count)
    spikes = (rng.random(count) < 0.2) * rng.uniform(1, 5, count)
    return jnp.asarray(x), jnp.asarray(np.sin(2 * x) + 0.1 * rng.normal(size=count) + spikes)


x, y = readings(300)
x_fresh, y_fresh = readings(300)
grid = jnp.linspace(-3, 3, 200)
optimizer = optax.adam(optax.cosine_decay_schedule(0.01, decay_steps=1000))


# %%
# One fit: an Equinox network, the loss, and an Optax loop. ``delta`` is where the loss turns from quadratic to linear,
# in the target's units; it may be a number or, as under ``vmap``, a tracer.
def fit(delta):
    """The trained network's values on `grid` and on the fresh rows, and the loss before each step."""
    loss = lk.huber(delta=delta)
    network = eqx.nn.MLP("scalar", "scalar", width_size=32, depth=2, key=jax.random.key(0))
    weights, rest = eqx.partition(network, eqx.is_inexact_array)

    def predict(weights, x):
        return jax.vmap(eqx.combine(weights, rest))(x)

    def step(carry, _):
        weights, state = carry
        value, gradient = jax.value_and_grad(lambda weights: loss(predict(weights, x), y))(weights)
        updates, state = optimizer.update(gradient, state)
        return (optax.apply_updates(weights, updates), state), value

    (weights, _), history = jax.lax.scan(step, (weights, optimizer.init(weights)), length=1000)
    return predict(weights, grid), predict(weights, x_fresh), history


# %%
# Thirty fits in one call.
deltas = jnp.logspace(-2, 1, 30)
curves, fresh, histories = jax.jit(jax.vmap(fit))(deltas)
alone = jax.jit(fit)(deltas[10])[0]
print(f"{len(deltas)} networks; number 10 alone differs by {jnp.abs(alone - curves[10]).max():.1e}")

# %%
# Which delta? Fresh readings are spoiled too, so they are judged by the median of the absolute error, which a fifth of
# spikes cannot move far. The wave itself, known here because we made it, says whether that was a good judge. Below the
# noise, 0.1, delta hardly matters: nearly every residual is in the linear part already.
judged = jnp.median(jnp.abs(fresh - y_fresh), axis=1)
to_wave = jnp.abs(curves - jnp.sin(2 * grid)).mean(axis=1)
best = int(judged.argmin())
print(f"judged best: delta {deltas[best]:.3f}, {to_wave[best]:.3f} from the wave")
print(f"largest:     delta {deltas[-1]:.3f}, {to_wave[-1]:.3f} from the wave (almost squared error)")

# %%
plt.style.use("petroff10")
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
left.plot(x, y, ".", color="0.7", label="readings")
left.plot(grid, curves[best], label=f"delta = {deltas[best]:.2g}, judged best")
left.plot(grid, curves[-1], "--", label=f"delta = {deltas[-1]:.2g}")
left.plot(grid, jnp.sin(2 * grid), "k:", label="the wave")
left.set(title="A small delta shrugs spikes off", xlabel="x", ylabel="y", ylim=(None, 7.5))
left.legend(loc="upper left", fontsize=8)
right.semilogx(deltas, judged, ".-", label="median error on fresh readings")
right.semilogx(deltas, to_wave, ".--", label="mean distance to the wave")
right.set(title="Thirty networks, one compiled loop", xlabel="delta (units of y)", ylabel="absolute error (units of y)")
right.legend()
plt.show()
