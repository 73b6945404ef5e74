"""The one way out: routes that read, and recall."""
