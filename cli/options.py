"""Options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the embedded Redis and store (MNEME_DATA_DIR).", show_default="data")]
