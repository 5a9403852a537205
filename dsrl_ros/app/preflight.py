"""A pre-flight on an arm as processes: `python -m dsrl_ros.app.preflight PLATFORM ...`."""

from dsrl_core.run.interrupt import listen


def main() -> int:
    """Hear signals first, as the imports take a second or two; then play, see `preflight_run`."""
    interrupt = listen("./dsrl preflight")
    from dsrl_ros.app.preflight_run import main

    return main(interrupt)


if __name__ == "__main__":
    code = main()
    from dsrl_ros.nodes.graph_node import leave

    leave(code)
