"""What `./dsrl bench` measures through the graph. Imports `app`."""
