"""Robot ends of hardware: drivers, and what stands between drivers and the graph. Imports `interface` and `nodes`."""
