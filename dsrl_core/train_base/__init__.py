"""Clones a small flow policy from demonstrations. Imports `acting`, `environment` and `policy`."""
