"""From actions to noise: which noise makes a frozen policy do what a person or a scripted expert did.

`make_reverser` gives the method for a policy. The noise is one that the actor can choose: `noise.vectors` vectors
spread over the horizon, each value within `noise.magnitude`.

Imports `policy` and jax.
"""
