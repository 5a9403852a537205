"""How gradient steps are compiled and run: on one device or several, one step or many per dispatch.

Imports `algorithms`, `networks` and `replay`.
"""
