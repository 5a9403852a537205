"""Recording and training on settled episodes, the loop that plays a whole run in one process, and the end of a run.

Imports `acting`, `learner`, `run` and `report`.
"""
