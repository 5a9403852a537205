"""Shared by several algorithms: state, keys, and the update of the actor. Imports networks and augmentations."""
