"""Acting: from an observation to an action chunk, from decisions to a settled episode. Graph and loop share this code.

Imports `algorithms`, `environment`, `networks`, `policy`, `record` and `schedule`.
"""
