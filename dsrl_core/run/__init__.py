"""The folder of a run, its progress, metrics and summary, who works in it, and what asks it to end.

Imports `config`, `record` and `schedule`.
"""
