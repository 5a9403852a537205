"""Limits, one file each: `make(contract)` gives a function from action f32[a] to action f32[a]. Imports `config`."""
