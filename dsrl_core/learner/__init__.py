"""Episodes in, gradient steps, versions of the actor out; checkpoints and the update budget.

Imports `algorithms`, `networks` and `record`.
"""
