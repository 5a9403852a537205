"""Named random streams, for numpy and for jax: a draw depends on the run's seed and on what it is for.

Imports nothing of this package.
"""
