"""Looking at a run from outside: an observer of its topics, clients of its services, and how a run is found."""
