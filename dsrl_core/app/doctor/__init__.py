"""What `./dsrl doctor` looks at: one file per kind of thing, each fenced. Imports `machine`."""
