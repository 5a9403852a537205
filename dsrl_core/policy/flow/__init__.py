"""The small flow policy: its network, its file of weights, its decoding. Imports `policy`."""
