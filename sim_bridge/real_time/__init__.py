"""Simulated robots that keep real time behind the drivers' topics, and the faults they can be asked for."""
