"""Distributions that the actor draws noise from, one file each, chosen by `network.policy`.

Imports `blocks` and `densities`.
"""
