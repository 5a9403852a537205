"""Simulators behind one small protocol. Imports of `dsrl_core` the words, the contract and the protocol."""
