"""Atomic file writes, digests for comparing data, and nested mappings of arrays. Imports numpy alone."""
