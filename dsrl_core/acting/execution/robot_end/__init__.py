"""What every robot end of hardware has in common, without ROS: its topics, gripper, recovery and status."""
