"""The `mneme` command."""
