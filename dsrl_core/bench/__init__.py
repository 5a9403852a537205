"""What `./dsrl bench` measures without ROS; never part of a run."""
