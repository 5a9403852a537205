"""An environment in a process of its own, so that its crash costs an episode and not the run. Imports `envs`."""
