"""Layouts of requests and actions per kind of robot, one file each. Imports `policy` and openpi's client."""
