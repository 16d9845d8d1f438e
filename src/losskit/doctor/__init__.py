"""The doctor: finds the mistakes with losses that return a normal-looking number."""
