"""Policies that can be steered, one file each, found by name."""
