"""What does an install cost when nobody uses it? Memory and CPU of `mneme up` and all its processes, from /proc.

python -m bench.rest PID [--seconds 30]      PID: the supervisor's
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS_A_S = os.sysconf("SC_CLK_TCK")
_YARDSTICKS = {
    "yardstick: bare Python": "pass",
    "yardstick: Python with lancedb and onnxruntime imported": "import lancedb, onnxruntime",
}


@dataclass(frozen=True, slots=True)
class Usage:
    """One process now. PSS shares memory out among those that map it; the sum of RSS counts it in each."""

    name: str
    pss_mb: float
    rss_mb: float
    cpu_s: float


def main() -> None:
    given = _arguments()
    pids = family(given.pid)
    before = {pid: usage(pid) for pid in pids}
    time.sleep(given.seconds)
    after = {pid: usage(pid) for pid in pids if (_PROC / str(pid)).exists()}
    print(f"| process | PSS MB | RSS MB | CPU % over {given.seconds:.0f} s |\n|---|---|---|---|")
    cpu = {pid: (now.cpu_s - before[pid].cpu_s) / given.seconds * 100 for pid, now in after.items()}
    for pid, now in after.items():
        print(f"| {now.name} | {now.pss_mb:.1f} | {now.rss_mb:.1f} | {cpu[pid]:.2f} |")
    pss, rss = (sum(getattr(now, name) for now in after.values()) for name in ("pss_mb", "rss_mb"))
    print(f"| **all {len(after)}** | **{pss:.1f}** | **{rss:.1f}** | **{sum(cpu.values()):.2f}** |")
    for name, code in _YARDSTICKS.items():
        alone = of_python(code)
        print(f"| {name} | {alone.pss_mb:.1f} | {alone.rss_mb:.1f} | |")


def usage(pid: int) -> Usage:
    """Raises FileNotFoundError when there is no such process."""
    rollup = dict(line.split(":", 1) for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines() if ":" in line)
    pss_kb, rss_kb = (int(rollup[name].split()[0]) for name in ("Pss", "Rss"))
    fields = (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    return Usage(_name(pid), pss_kb / 1024, rss_kb / 1024, (int(fields[11]) + int(fields[12])) / _TICKS_A_S)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pid", type=int, help="of the supervisor")
    parser.add_argument("--seconds", type=float, default=30)
    return parser.parse_args()


def family(pid: int) -> list[int]:
    """The process and all it started, directly or not."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (stat := _stat(entry)):
            children.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def _stat(entry: Path) -> str:
    try:
        return (entry / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _name(pid: int) -> str:
    """The command line, shortened: arguments without their folders."""
    words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").replace("\0", " ").split()
    return " ".join(word.rsplit("/", 1)[-1] for word in words)[:60]


def of_python(code: str) -> Usage:
    """A Python of its own that has just run this code."""
    script = f"{code}\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        try:
            return usage(process.pid)
        finally:
            process.stdin.write(b"\n")
            process.stdin.flush()


if __name__ == "__main__":
    main()
