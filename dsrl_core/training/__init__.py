"""What becomes of a settled episode, the loop that plays a whole run in one process, and how a run ends.

Imports `acting`, `learner`, `run` and `report`.
"""
