"""DSRL: SAC on an environment whose action is the noise of a generative policy. No ROS, no simulator."""
