"""The operator's devices as events: terminal keys, joystick, pedal, and a script in simulation. Imports `execution`."""
