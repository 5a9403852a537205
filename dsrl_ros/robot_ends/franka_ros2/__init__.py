"""The adapter beside franka_ros2's drivers: gripper, status and recovery as plain topics. Imports `process`."""
