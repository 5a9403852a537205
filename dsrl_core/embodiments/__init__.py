"""How each kind of robot speaks to openpi, one file each, found by name."""
