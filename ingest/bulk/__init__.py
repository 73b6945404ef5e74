"""Bulk: many lines, each a message as the queue takes it, become events of one job."""
