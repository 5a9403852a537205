"""The live page of a run for a browser, in a process of its own: `./dsrl view` and `./dsrl up ... --view`."""
