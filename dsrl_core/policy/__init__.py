"""Frozen policies: their interface, how one is made by name, and those that are built in. Imports `config`."""
