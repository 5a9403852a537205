"""A learner to which a bag is played, as a process: `python -m dsrl_ros.app.replay BAG --live ...`."""

from dsrl_core.run.interrupt import listen


def main() -> int:
    """Hear signals first, as the imports take a second or two; then wait for the player, see `replay_run`."""
    interrupt = listen("./dsrl replay")
    from dsrl_ros.app.replay_run import main

    return main(interrupt)


if __name__ == "__main__":
    code = main()
    from dsrl_ros.nodes.graph_node import leave

    leave(code)
