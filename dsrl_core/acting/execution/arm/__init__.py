"""An arm's motion in numbers: limits, kinematics, quintic tracks and the planner. No ROS, no clock. Imports `rails`."""
