"""The report of a run: one HTML page without external files.

Imports `run`, `preflight` and what algorithms want to show.
"""
