"""Priority: a process that works ahead lets those go first that somebody waits for."""

import os


def give_way(niceness: int) -> None:
    """Be nicer to all others by 0..19. Call it before threads are started: each keeps the niceness it was started with."""
    os.nice(niceness)
