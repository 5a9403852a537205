"""What turns pixels into a vector, one file each, found by `network.encoder`."""
