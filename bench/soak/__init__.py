"""The soak: messages under fire, and an independent reader that knows only what was accepted."""
