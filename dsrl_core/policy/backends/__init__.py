"""The policies that `policy.kind` names, one file each. Imports the rest of `policy`."""
