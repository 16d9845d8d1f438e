"""Probes: experiments on copies of a model, its loss and one batch."""
