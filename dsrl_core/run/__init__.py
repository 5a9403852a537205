"""A run's folder, its progress, metrics and summary. Imports `config`, `record` and `schedule`."""
