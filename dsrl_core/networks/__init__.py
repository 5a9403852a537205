"""Actor and critics as flax modules, their shapes, initial parameters and batches; acting and learning share them.

Imports `config` and `random`.
"""
