"""The live view of a run, without ROS: what its topics say as plain values in, one snapshot for people out."""
