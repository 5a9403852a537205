"""A small driver for UVC and RealSense cameras, where none runs; one file per kind. Imports `process`."""
