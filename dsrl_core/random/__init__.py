"""Random streams by name, for numpy and for jax: a draw depends on what it is for.

Imports nothing of this package.
"""
