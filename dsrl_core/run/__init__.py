"""The folder of a run, its progress, metrics and summary. Imports `config`, `record` and `schedule`."""
