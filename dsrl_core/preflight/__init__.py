"""Before training: what noise can do with a base policy, and whether steering it is worth the while.

Imports `acting` and `run`.
"""
