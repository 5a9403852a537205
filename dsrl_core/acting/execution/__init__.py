"""Carrying chunks out, step by step, beside the robot. Imports `config` and never jax."""
