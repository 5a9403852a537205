"""`./dsrl check`: listens beside a robot's drivers and judges what was heard; commands nothing. Imports `app`."""
