"""Execution of action chunks, step by step, on the robot's side. Imports `config` and never jax."""
