"""Metric sinks besides `metrics.jsonl`, one file each, chosen by `log.sinks`. Imports `run` and `report`."""
