"""A loop of one's own in each backend, compiled where that is usual, with a softmax too many."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(16, 5).astype("float32"), np.random.randint(0, 3, 16)
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def objective(variables, x, y):
    if keras.backend.backend() == "jax":
        pred, _ = model.stateless_call(variables, [], x)
    else:
        pred = model(x)
    return loss(y, pred)  # LK101


if keras.backend.backend() == "jax":
    import jax

    print(jax.jit(jax.value_and_grad(objective))([v.value for v in model.trainable_variables], x, y))
elif keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            value = objective(None, x, y)
        return tape.gradient(value, model.trainable_variables)

    print(step(x, y))
else:
    objective(None, x, y).backward()
