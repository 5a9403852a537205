"""Distributions of noise with their log-densities. Imports nothing of this package."""
