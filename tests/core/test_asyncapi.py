"""The queue's AsyncAPI document is what the code says, and is served."""

from core.bus import asyncapi


def test_the_document_is_up_to_date():
    """To mend it: python -m core.bus.asyncapi"""
    assert asyncapi.FILE.read_bytes() == asyncapi.written()


def test_it_describes_every_field_of_a_message():
    described = asyncapi.document()["components"]["schemas"]["Message"]["properties"]
    assert {"user_id", "messages", "content", "infer", "idempotency_key", "lane"} <= set(described)
    assert all("description" in field for field in described.values()), described
