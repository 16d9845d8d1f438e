"""Callbacks of training loops that feed `lk.watch` and observe the first steps."""
