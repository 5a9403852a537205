"""Names of the learner's files that processes without jax look for."""

START = "start.ckpt"  # among the checkpoints: what a run has begun with, see `start`
