"""The check of a robot: judges what was heard beside its drivers, and keeps the result. Imports `acting` and `policy`.

Collectors in `dsrl_ros` listen; each file here turns facts about one thing into findings with a remedy. Nothing here
commands anything.
"""
