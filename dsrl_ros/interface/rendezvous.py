"""Names by which hosts meet: the node on the learner's host, and the service by which others join its run."""

RENDEZVOUS = "dsrl_rendezvous"  # in the run's namespace; no other package's node is called so
JOIN_RUN = "join_run"  # relative to it


def join_run(run_id: str) -> str:
    """The absolute name of a run's service."""
    return f"/{run_id}/{JOIN_RUN}"
