"""What an algorithm is to the learner; each is a folder here, found by `sac.algorithm`.

Imports `config` and `storage`.
"""
