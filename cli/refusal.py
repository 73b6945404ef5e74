"""The one error the command line raises on purpose."""


class Refused(Exception):
    """Something the user has to change first. Its text is shown as it is, without a traceback, and the exit code is 1."""
