"""How Keras programs are observed, on each of its backends, and what is checked in them."""
