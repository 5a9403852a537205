"""Simulators behind the `Environment` protocol. Imports of `dsrl_core` types, contract, protocol and recorder."""
