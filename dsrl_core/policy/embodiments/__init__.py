"""How each kind of robot speaks to openpi, one file each. Imports `policy` and openpi's client."""
