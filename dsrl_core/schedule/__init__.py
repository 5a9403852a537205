"""Which episode each robot plays next: groups of episodes, the schedule, rounds of several robots, the conductor.

Imports `config` and `random`.
"""
