"""The door to message brokers, through FastStream: what outside producers publish, and the dead letters among it."""
