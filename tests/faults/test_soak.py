"""A soak of seconds (`make soak` is longer): whatever is killed, all that was accepted is there, once, in order and with nobody else."""

import os
import subprocess
import sys

import pytest
from server import MODELS, ROOT

PROMISES = 6
"""What the reader checks."""


@pytest.mark.timeout(600)
def test_after_random_kills_all_that_was_accepted_is_there_once_and_in_order() -> None:
    asked = "--messages 500 --users 30 --kills 3 --every 1 --moves 0.1".split()
    command = [sys.executable, "-m", "bench.soak", *asked]
    environment = {**os.environ, "MNEME_MODELS_DIR": str(MODELS)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("| holds |") == PROMISES, done.stdout
