"""What a run takes from its machine: environment variables of other people, and how each is treated."""
