"""Contracts of platforms and presets of the learner, read from YAML and checked once, before anything starts."""
