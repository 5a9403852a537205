"""Recordings in forms of other tools, and demonstrations out of these. Imports `acting`, `environment`, `training`."""
