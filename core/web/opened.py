"""What the process holds open, as a route asks for it."""

from typing import Annotated, cast

from fastapi import Depends, Request

from core.resources import Resources


async def resources_of(request: Request) -> Resources:
    """Dependency: the app's resources."""
    return cast(Resources, request.app.state.resources)


Opened = Annotated[Resources, Depends(resources_of)]
