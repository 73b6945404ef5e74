"""The settings as the command line sees them: mistakes in words, and the embedded Redis where it really listens."""

from typing import Any

from pydantic import ValidationError

from cli.redis_server import socket_path
from cli.refusal import Refused
from core.settings import Settings


def read_settings(**options: Any) -> Settings:
    """From the environment and `.env`, overridden by every option that is not None. Raises Refused naming what is wrong."""
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as invalid:
        problems = "; ".join(f"MNEME_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}" for problem in invalid.errors())
        raise Refused(f"settings: {problems}") from None


def with_redis(settings: Settings) -> Settings:
    """The same, with the embedded Redis' address filled in: it listens elsewhere when the folder's path is long."""
    return settings if settings.redis_url else settings.model_copy(update={"redis_url": f"unix://{socket_path(settings.data_dir)}"})
