"""The replay buffer: episodes in, batches out, each frame held once.

Imports `algorithms`, `networks`, `record` and `storage`.
"""
