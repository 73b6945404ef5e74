"""Receipts: they stay, so that nothing accepted is without one, and a retry is no new event; the words in them go."""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from core.mailbox.keys import CLOSED
from core.mailbox.record import encode_receipt
from core.redis import patiently
from core.scanning import pages
from schemas.receipt import Receipt, Verdict
from workers.erasure.place import Place, Whose

_ERASED = "erased"
_OF_MANY = b'"kind":"memories.forgotten"'
"""Of events of this kind some are about several users."""
_FIND = """
local found = {}
for i, key in ipairs(KEYS) do
  local receipt = redis.call('GET', key)
  if receipt and string.find(receipt, ARGV[1], 1, true) then
    for at = 2, #ARGV do
      if string.find(receipt, ARGV[at], 1, true) then
        found[#found + 1] = receipt
        break
      end
    end
  end
end
return found
"""


async def _holds(whose: Whose) -> dict[str, int]:
    return {"receipts": sum([1 async for _ in _with_words(whose)])}


async def _erase(whose: Whose) -> None:
    redis = whose.resources.redis
    async for receipt, wordless in _with_words(whose):
        key, body = CLOSED + receipt.event_id, encode_receipt(wordless)
        await patiently(lambda key=key, body=body: redis.set(key, body, keepttl=True, xx=True))  # type: ignore[misc]


async def _with_words(whose: Whose) -> AsyncIterator[tuple[Receipt, Receipt]]:
    """The receipts that hold the user's words, each with what is to stand in its place."""
    wanted = [b'"owner":' + orjson.dumps(whose.owner), whose.subject.encode(), _OF_MANY]
    find = whose.resources.redis.register_script(_FIND)
    async for keys in pages(whose.resources.redis, CLOSED):
        for body in await patiently(lambda keys=keys: _call(find, keys, wanted)):  # type: ignore[misc]
            receipt = Receipt.model_validate_json(body)
            wordless = _wordless(receipt, whose)
            if receipt.owner == whose.owner and whose.is_old(receipt.created_at) and wordless != receipt:
                yield receipt, wordless


async def _call(find: Any, keys: list[bytes], wanted: list[bytes]) -> list[bytes]:
    found: list[bytes] = await find(keys=keys, args=wanted)
    return found


def _wordless(receipt: Receipt, whose: Whose) -> Receipt:
    """Without the words of the user: all of them, or, of an event about several users, those about its memories."""
    if receipt.subject == whose.subject:
        verdicts = tuple(map(_emptied, receipt.verdicts))
        return receipt.model_copy(update={"verdicts": verdicts, "error": receipt.error and _ERASED})
    verdicts = tuple(_emptied(one) if one.memory_id in whose.ids else one for one in receipt.verdicts)
    return receipt.model_copy(update={"verdicts": verdicts})


def _emptied(verdict: Verdict) -> Verdict:
    previous = None if verdict.previous_text is None else ""
    return verdict.model_copy(update={"text": "", "previous_text": previous, "reason": _ERASED})


RECEIPTS = Place(holds=_holds, erase=_erase, keys=(CLOSED,))
