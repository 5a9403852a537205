"""Runs an environment in a child process, so that its crash ends an episode and not the run. Imports `envs`."""
