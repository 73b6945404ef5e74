"""What is done to stored memories by the clock, or when it is asked for."""

from workers.maintenance.recalled import Pace, recalled
from workers.maintenance.runs import JOBS, run_job
from workers.maintenance.schedule import schedule
from workers.maintenance.sweep import sweep
from workers.maintenance.upkeep import tend

__all__ = ["JOBS", "Pace", "recalled", "run_job", "schedule", "sweep", "tend"]
