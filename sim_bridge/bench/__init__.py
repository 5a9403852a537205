"""What `./dsrl bench sim` measures; never part of a run."""
