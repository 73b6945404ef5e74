"""Webhooks: who wants to be told, what is on its way to them, and the one door through which it goes out."""
