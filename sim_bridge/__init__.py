"""Simulators behind one small protocol, and the one node that puts them on topics."""
