"""`mneme import`: other people's exports become messages, and messages events."""
