"""Settled episodes on disk: segments of a bag, digests, videos. Imports `config`, `environment` and `storage`."""
