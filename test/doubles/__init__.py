"""Stand-ins that misbehave on purpose; named in settings by their dotted path."""
