"""Losses in the hands of their hosts: one module a framework, loaded on use; none imports another."""
