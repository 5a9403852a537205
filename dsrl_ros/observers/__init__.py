"""Processes that look on: they publish nothing that a run needs, and a run goes on without them. Imports `nodes`."""
