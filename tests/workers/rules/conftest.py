"""The rules are pure: their tests need no Redis and no store."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
