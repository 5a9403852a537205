"""What the critics say of noise that was not played, along recorded episodes. Imports `acting`, `learner` and `record`.

Nothing here plays anything: a value is the critics' opinion, and no measurement.
"""
