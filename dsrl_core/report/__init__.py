"""The report of a run, one page that loads nothing from elsewhere.

Imports `run`, `preflight` and what algorithms want to show.
"""
