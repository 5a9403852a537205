"""The policy server: openpi's policies and the small ones behind a websocket, made to take noise.

Imports the rest of `policy` but `backends`.
"""
