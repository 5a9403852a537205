"""Image encoders, pixels to a vector, one file each, chosen by `network.encoder`. Imports `blocks` and `native`."""
