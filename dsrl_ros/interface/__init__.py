"""Names and qualities of topics, and messages to and from core types. Imports `dsrl_core` and ROS."""
