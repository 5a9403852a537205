"""The graph as processes, for machines without a ROS distribution: `python -m dsrl_ros.app.up PLATFORM ...`."""

from dsrl_core.run.interrupt import listen


def main() -> int:
    """Hear signals first, as the imports take a second or two; then run the graph, see `running`."""
    interrupt = listen("./dsrl up")
    from dsrl_ros.app.running import main

    return main(interrupt)


if __name__ == "__main__":
    code = main()
    from dsrl_ros.nodes.graph_node import leave

    leave(code)
