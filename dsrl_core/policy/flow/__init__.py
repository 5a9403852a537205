"""The small flow policy: network, file of weights, decoding of noise. Imports `policy`."""
