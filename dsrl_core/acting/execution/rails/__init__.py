"""Guard rails of an arm, one file each: pure functions of values and a monotonic time. Imports nothing but types."""
