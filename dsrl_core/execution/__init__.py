"""Carrying chunks out, step by step, beside the robot. Nothing here may import jax."""
