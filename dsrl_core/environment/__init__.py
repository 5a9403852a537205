"""The interfaces of simulators and scripted experts, the robot end made of a simulator, rewards, and rotations.

Imports `config`.
"""
