"""Layers that several networks use. Imports `config`."""
