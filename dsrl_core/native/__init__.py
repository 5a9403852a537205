"""Compiled code of this package, built by CMake where a C++ compiler and jax's headers are; nothing depends on it."""
