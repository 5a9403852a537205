"""What the critics say of noise that was not played, along recorded episodes. Imports the learner.

Nothing here plays anything: a value is the critics' opinion, and no measurement.
"""
