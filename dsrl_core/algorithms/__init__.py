"""Algorithms that the learner trains with; each is a folder here, chosen by `sac.algorithm`.

Imports `config` and `storage`.
"""
