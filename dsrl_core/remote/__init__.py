"""A policy behind a websocket: the wire, the connection and the client. No jax, no ROS."""
