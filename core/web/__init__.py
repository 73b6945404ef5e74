"""The front door every app shares: one JSON, one set of paths, errors in the words of each dialect."""
