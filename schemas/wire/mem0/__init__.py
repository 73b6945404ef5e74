"""Mem0's platform API, v1, v2 and v3: what its clients send, and the answers they read."""
