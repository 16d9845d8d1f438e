"""
A TensorFlow network in a loop of one's own
===========================================

First the two classic losses in NumPy and in TensorFlow: one object, the same numbers. Then what happens to a log loss
that is written down as in the textbook. Then a network, trained with ``tf.function`` and ``GradientTape``.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import losskit as lk

# %%
# **The same numbers.** A loss looks at the arrays that it is given, NumPy or TensorFlow; nothing is converted.
squared_error, cross_entropy = lk.squared_error(), lk.cross_entropy()
pred, target = np.array([2.5, 0.0, 2.0]), np.array([3.0, -0.5, 7.0])
scores, ids = np.array([[2.0, 1.0, 0.1], [0.3, 2.2, 0.5]]), np.array([0, 1])
for loss, arrays in [(squared_error, (pred, target)), (cross_entropy, (scores, ids))]:
    print(f"{loss!r:20} NumPy {loss(*arrays):.12f}  TensorFlow {loss(*map(tf.constant, arrays)):.12f}")

# %%
# **The unprotected log loss.** Where a class is impossible in both p and q, :math:`-\sum p\log q` asks for 0 · log 0,
# which is NaN on a computer. A sure network gets there: in float32 the softmax of two scores 120 apart is exactly 1
# and 0. From the scores themselves nothing is rounded away, even where the sure answer is wrong.
sure = np.array([[120.0, 0.0]], dtype=np.float32)
first, second = np.array([[[1.0, 0.0]], [[0.0, 1.0]]], dtype=np.float32)


def textbook(q, p):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.sum(p * np.log(q))


q = tf.nn.softmax(sure).numpy()
print(f"\nq = {q[0]}, right: textbook {textbook(q, first)}, from the scores {cross_entropy(sure, first)}")
print(f"q = {q[0]}, wrong: textbook {textbook(q, second)}, from the scores {cross_entropy(sure, second)}")

# %%
# **A network** of one hidden layer for the iris data, its weights plain variables. It ends in raw scores, one a class:
# no softmax. The loss runs inside ``tf.function``; TensorFlow's own cross-entropy follows the same path.
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train, X_test = (tf.constant(scaler.transform(part), tf.float32) for part in (X_train, X_test))
y_train = tf.constant(y_train)


def train(loss, steps=300, learning_rate=0.1):
    """The weights of a 4-16-3 network, and the loss after each step of gradient descent on all rows."""
    start = tf.random.Generator.from_seed(0)
    weights = [tf.Variable(0.5 * start.normal(shape)) for shape in [(4, 16), (16,), (16, 3), (3,)]]

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss(network(weights, X_train), y_train)
        for weight, gradient in zip(weights, tape.gradient(value, weights), strict=True):
            weight.assign_sub(learning_rate * gradient)
        return value

    return weights, [float(step()) for _ in range(steps)]


def network(weights, X):
    return tf.nn.relu(X @ weights[0] + weights[1]) @ weights[2] + weights[3]


def native(scores, ids):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=ids, logits=scores))


weights, history = train(cross_entropy)
_, native_history = train(native)
accuracy = np.mean(tf.argmax(network(weights, X_test), axis=1) == y_test)
gap = np.abs(np.subtract(history, native_history)).max()
print(f"\ntest accuracy {accuracy:.1%}; largest difference to the path under TensorFlow's own loss: {gap:.1e}")

# %%
# The right figure: the loss of a wrong answer against how sure the network is of it. The textbook's ends in infinity,
# and the usual cure, clipping probabilities at 1e-7, makes it flat: no gradient is left to learn from.
gaps = np.linspace(0, 120, 241, dtype=np.float32)
two = np.stack([gaps, np.zeros_like(gaps)], axis=1)
q = tf.nn.softmax(two).numpy()[:, 1]
plt.style.use("petroff10")
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
left.semilogy(history, label="lk.cross_entropy()")
left.semilogy(native_history, ":", linewidth=3, label="TensorFlow's own")
left.set(title="Step for step with TensorFlow's own loss", xlabel="step", ylabel="cross-entropy (nats)")
left.legend()
right.plot(gaps, cross_entropy.each(two, np.ones(len(gaps), dtype=int)), label="from the scores")
right.plot(gaps, -np.log(np.maximum(q, 1e-7)), "--", label="textbook, clipped at 1e-7")
right.plot(gaps[q > 0], -np.log(q[q > 0]), "-.", label="textbook, until it is infinite")
right.set(title="A sure wrong answer", xlabel="wrong class's score above the true one's", ylabel="cross-entropy (nats)")
right.legend()
plt.show()
