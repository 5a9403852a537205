"""Contracts, presets and a run's settings: declared once, resolved once, checked before anything starts.

Imports `storage` and the words.
"""
