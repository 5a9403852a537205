"""What the actor draws noise from, one file each, found by `network.policy`. Imports `blocks` and `densities`."""
