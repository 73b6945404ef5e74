"""Pure decisions: what is worth remembering, what kind it is, and what it does to what is known. No I/O, no model, no clock."""
