"""A Franka by its own client library, pylibfranka: no ROS distribution is needed. Imports `arm` and `nodes`.

Three processes, since pylibfranka holds the interpreter while it waits: the node with the topics, one that commands the
arm at 1 kHz, and one for the hand. Neither of the last two loads ROS.
"""
