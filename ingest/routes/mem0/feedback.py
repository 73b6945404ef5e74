"""Feedback on a memory that was found."""

from typing import Annotated

from fastapi import Body

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.change import rate
from schemas.wire.mem0.changes import memory_id
from schemas.wire.mem0.feedback import FeedbackObject, FeedbackRequest

router = json_router(tag="Mem0")
_EXAMPLES = [
    {"memory_id": "0190b3c4-5d6e-8f70-8123-456789abcd07", "feedback": "NEGATIVE", "feedback_reason": "It was about somebody else."}
]


@router.post("/v1/feedback", summary="Rate a memory", response_model=FeedbackObject)
async def rate_memory(body: Annotated[FeedbackRequest, Body(examples=_EXAMPLES)], resources: Opened, caller: Caller) -> Json:
    """Raises or lowers its importance at once, and for as long as it stands; null takes it back. Said again, it counts once."""
    key, reason = memory_id(body.memory_id), body.feedback_reason if body.feedback else None
    await rate(resources, caller.owner, key, body.feedback, reason)
    return Json({"id": key, "feedback": body.feedback, "feedback_reason": reason})
