"""Names and quality of service of topics, and conversion of messages to and from core types.

Imports `dsrl_core` and ROS.
"""
