"""A process gives back what it no longer uses, and has few places to keep it in."""

import os
import subprocess
import sys

_LITTER = """
from pathlib import Path
from core.memory import settle

def resident_mb():
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024

class Litter:
    def __init__(self):
        self.me, self.weight = self, bytes(20_000)

kept = [Litter() for _ in range(2_000)]
pinned = bytes(20_000)
del kept
before = resident_mb()
settle()
print(before - resident_mb())
"""
_THREADS = """
import ctypes, threading
from core.memory import share_arenas

share_arenas()
everybody = threading.Barrier(32)

def allocate():
    everybody.wait()
    kept.append([bytes(10_000) for _ in range(10)])
    everybody.wait()

kept = []
threads = [threading.Thread(target=allocate) for _ in range(32)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
ctypes.CDLL(None).malloc_stats()
"""
_CODE = """
import pyarrow
from pathlib import Path
from core.memory import settle

def resident_mb():
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssFile"].split()[0]) / 1024

before = resident_mb()
settle()
print(before - resident_mb(), pyarrow.array([1, 2]).to_pylist())
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)


def test_what_nobody_holds_leaves_the_process():
    assert float(run(_LITTER).stdout) > 30


def test_code_that_only_starting_ran_leaves_the_process_and_comes_back_where_it_is_run():
    given_back, answer = run(_CODE).stdout.split(" ", 1)
    assert float(given_back) > 5
    assert answer.strip() == "[1, 2]"


def test_many_threads_share_an_arena_a_core():
    assert 1 <= run(_THREADS).stderr.count("Arena ") <= (os.cpu_count() or 1)
