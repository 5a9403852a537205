"""What a simulator must offer, the robot end that is made of one, rotations, and what a demonstrator hands over.

Imports `config`.
"""
