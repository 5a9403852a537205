"""The small flow network: its mathematics and its file, shared by training and inference."""
