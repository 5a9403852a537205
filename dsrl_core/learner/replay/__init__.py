"""The replay buffer: takes episodes, gives batches, and stores each frame once.

Imports `algorithms`, `networks`, `record` and `storage`.
"""
