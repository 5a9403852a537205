"""Where a gradient step is computed: one device or several, one step or many in a dispatch.

Imports `algorithms`, `networks` and `replay`.
"""
