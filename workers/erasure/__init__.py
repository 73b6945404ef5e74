"""Erasure: a user removed from every place that holds users' words. Who adds a place adds a line in places.py."""
