"""From an observation to a chunk, from decisions to a settled episode: what graph and loop do alike.

Imports `algorithms`, `environment`, `networks`, `policy`, `record` and `schedule`.
"""
