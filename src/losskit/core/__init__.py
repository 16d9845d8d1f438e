"""Losses as values: domains, parameters, checks, reduction and derivatives, all from one definition."""
