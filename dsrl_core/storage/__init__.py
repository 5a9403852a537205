"""Files that are whole or not there, digests that prove two things equal, and nested arrays. Imports numpy alone."""
