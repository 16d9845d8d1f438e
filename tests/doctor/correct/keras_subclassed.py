"""Keras: a subclassed model that is built by its first batch, and a train_step of its own."""

import keras
import numpy as np

keras.utils.set_random_seed(0)


class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.scores = keras.layers.Dense(8, activation="gelu"), keras.layers.Dense(3)

    def call(self, x, training=False):
        return self.scores(self.hidden(x))

    def train_step(self, *args, **named):
        self.traced = True
        return super().train_step(*args, **named)


x, y = np.random.randn(32, 5).astype("float32"), np.random.randint(0, 3, 32)
model = Classifier()
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer="adam", metrics=["accuracy"])
model.fit(x, y, verbose=0)
print(model.predict(x, verbose=0).shape)
