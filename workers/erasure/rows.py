"""Rows: memories, their history, links and undo records."""

from core.store.erasing import Eraser
from workers.ending import to_the_end
from workers.erasure.place import Place, Whose


async def _holds(whose: Whose) -> dict[str, int]:
    eraser = Eraser(whose.resources.store, whose.owner, whose.user)
    return await (eraser.count() if whose.erased_at is None else eraser.left(whose.accepted_at, whose.erased_at))


async def _erase(whose: Whose) -> None:
    """Under the owner's lease: who lost it deletes nothing that came later."""
    if whose.shard is None:
        raise ValueError("rows are erased by their shard's owner")
    mailbox, lease = whose.resources.mailbox, whose.shard.lease
    await mailbox.begin_commit(lease)
    try:
        await to_the_end(Eraser(whose.resources.store, whose.owner, whose.user).erase())
    finally:
        await mailbox.end_commit(lease)


ROWS = Place(holds=_holds, erase=_erase, tables=("memories", "history", "links", "journal"))
