"""What the tender hands on: lifecycle events, from the outbox to brokers and webhooks."""
