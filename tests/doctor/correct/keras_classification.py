"""Keras: a convolutional classifier with augmentation, normalisation, dropout and validation."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.rand(32, 8, 8, 1).astype("float32"), np.random.randint(0, 4, 32)
layers = keras.layers
model = keras.Sequential(
    [
        layers.RandomFlip(),
        layers.Conv2D(4, 3),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
        layers.Dropout(0.5),
        layers.Dense(4, activation="softmax"),
    ]
)
model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"], optimizer="adam")
model.fit(x, y, batch_size=8, epochs=2, validation_split=0.25, class_weight={0: 2.0, 1: 1.0, 2: 1.0, 3: 1.0}, verbose=0)
model.evaluate(x, y, verbose=0)
