"""What things are: pure data and the rules that belong to it; no I/O, imports nothing of ours."""
