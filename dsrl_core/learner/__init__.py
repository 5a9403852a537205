"""The learner: replay buffer, gradient steps, update budget, checkpoints, versions of the actor for steering.

Imports `algorithms`, `networks` and `record`.
"""
