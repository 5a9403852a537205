"""The one node that puts a simulator on topics. Imports `process` and `dsrl_ros.interface`."""
