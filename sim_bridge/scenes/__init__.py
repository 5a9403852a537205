"""MuJoCo scenes of the built-in environments."""
