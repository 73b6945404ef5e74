"""The one way in: routes that parse, and the bounds and the door every event passes."""
