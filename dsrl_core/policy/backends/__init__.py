"""Policy backends, one file each, chosen by `policy.kind`. Imports the rest of `policy`."""
