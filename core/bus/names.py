"""Names: what everything of ours is called on a broker, whichever it is."""

INGEST = "mneme.ingest"
"""Stream, queue, subject or topic that producers publish to."""
DEAD = "mneme.ingest.dead"
"""The same for what could not be read."""
EVENTS = "mneme.events"
"""Stream, topic exchange, subject or topic that lifecycle events are published to."""
GROUP = "mneme"
"""Consumer group (Redis, Kafka), durable consumer (NATS): all our processes together read a message once."""
BATCH = 256
"""Most messages taken at once. One at a time is ten times slower."""
