"""Guard rails beside the robot, one file each: a rule, its deadline, and what happens when it is broken. Pure.

The first line of each file is the rule as people read it; `NUMBER`, `DEADLINE` and `ACTION` are the other cells of the
table in `docs/reference/guard-rails.md`. Motion rails scale velocities, the others watch and give a `Verdict`.
"""
