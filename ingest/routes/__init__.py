"""One module a dialect: what clients of it write."""
