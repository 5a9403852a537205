"""Compiled code for learners on CPUs, built by CMake where jax's headers and a compiler are; nothing depends on it.

Imports nothing of this package.
"""
