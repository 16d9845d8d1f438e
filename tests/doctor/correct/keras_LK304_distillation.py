"""Keras: a student learns a teacher's probabilities."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(64, 5).astype("float32")
teacher = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
student = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
student.compile(loss=keras.losses.KLDivergence(), optimizer="adam")
student.fit(x, teacher.predict(x, verbose=0), verbose=0)
