"""Encoders of a step as the robot's command, one file each, chosen by `action.encoder`. Imports `execution`."""
