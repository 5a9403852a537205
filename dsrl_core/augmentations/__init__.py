"""Augmentations: random changes of camera images, one file each, and the order in which they are applied.

Imports `config` and `native`.
"""
