"""Flow policies on the state alone, as others published them: file of weights, network, decoding of noise.

Imports `policy`.
"""
