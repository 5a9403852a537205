"""Recording of settled episodes: segments of a bag, digests, videos. Imports `config`, `environment` and `storage`."""
