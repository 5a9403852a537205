"""From scripted demonstrations to the weights of a small flow policy."""
