"""Actor and critics as flax modules, their sizes, first values and batches: what acting and learning share.

Imports `config` and `random`.
"""
