"""Environments, one file or folder each, found by name; `docs/how-to/add-an-environment.md` is the recipe.

Imports the protocol.
"""
