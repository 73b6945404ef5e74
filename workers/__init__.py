"""Events become memories, and memories are tended. Nobody imports this package: it is reached by events."""
