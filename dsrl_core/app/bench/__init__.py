"""What `./dsrl bench` measures without ROS. Imports everything here but `commands`."""
