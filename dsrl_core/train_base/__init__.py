"""From demonstrations to the weights of a small flow policy. Imports `acting`, `environment` and `policy`."""
