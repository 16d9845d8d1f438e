"""The checks. Each file holds those of one kind of mistake; `registry.py` is how they are found."""
