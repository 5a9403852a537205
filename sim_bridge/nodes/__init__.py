"""The node that connects a simulator to topics. Imports `process`, `dsrl_ros.interface` and the nodes' base class."""
