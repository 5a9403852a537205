"""What is played next and by whom: groups of episodes, rounds of several robots, the conductor of each.

Imports `config` and `random`.
"""
