"""What turns pixels into a vector, one file each, found by `network.encoder`. Imports `blocks` and `native`."""
