"""The pre-flight: measures before training what noise can change in a base policy's success, and advises on steering.

Imports `acting`, `reversal` and `run`.
"""
