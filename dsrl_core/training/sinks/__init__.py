"""Where metrics go besides `metrics.jsonl`, one file each, found by `log.sinks`. Imports `run` and `report`."""
