"""Keras: a generator against a discriminator, each with train_on_batch."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
dense = keras.layers.Dense
discriminator = keras.Sequential([keras.Input((4,)), dense(8, "leaky_relu"), dense(1)])
generator = keras.Sequential([keras.Input((3,)), dense(8, "relu"), dense(4)])
loss = keras.losses.BinaryCrossentropy(from_logits=True)
discriminator.compile(loss=loss, optimizer="adam")
frozen = keras.models.clone_model(discriminator)
frozen.trainable = False
both = keras.Sequential([generator, frozen])
both.compile(loss=loss, optimizer="adam")
for _ in range(3):
    noise, real = np.random.randn(16, 3).astype("float32"), np.random.randn(16, 4).astype("float32")
    fake = keras.ops.convert_to_numpy(generator(noise))
    labels = np.repeat([1.0, 0.0], 16)[:, None]
    discriminator.train_on_batch(np.concatenate([real, fake]), labels)
    frozen.set_weights(discriminator.get_weights())
    both.train_on_batch(noise, np.ones((16, 1)))
