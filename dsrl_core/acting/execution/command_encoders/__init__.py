"""How a step is written for the robot, one file each, found by `action.encoder`. Imports `execution`."""
