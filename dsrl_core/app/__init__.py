"""What people call: the command line and what it composes; the one place that finds simulators by name.

Imports everything here.
"""
