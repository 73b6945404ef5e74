"""Stand-ins for what costs time or money: an embedder made of words, a chat model that says what it is told to."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from hashlib import blake2b
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from core.models.chat import Meter, Reply


class WordEmbedder:
    """Texts that share words are near: each word is a fixed random direction, a text the sum of its words."""

    name = "words"
    dimension = 64

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.fails: Callable[[Sequence[str]], Exception | None] = lambda texts: None
        """What the next calls raise, by their texts."""

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        if error := self.fails(texts):
            raise error
        return np.stack([self._vector(text) for text in texts]) if texts else np.empty((0, self.dimension), np.float32)

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._vector(text)

    async def close(self) -> None: ...

    def _vector(self, text: str) -> NDArray[np.float32]:
        words = text.lower().replace(".", " ").split() or [""]
        vector = np.sum([_direction(word, self.dimension) for word in words], axis=0)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def _direction(word: str, dimension: int) -> NDArray[np.float64]:
    seed = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(dimension)


class ScriptedChat:
    """Answers in turn: a model of the asked schema, or an exception to raise."""

    name = "scripted"

    def __init__(self, *answers: BaseModel | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[list[dict[str, Any]]] = []

    async def complete(self, messages: list[dict[str, Any]], *, schema: type[BaseModel], meter: Meter | None = None) -> BaseModel:
        self.asked.append(messages)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if meter is not None:
            meter.add(messages, Reply("", 7, 3))
        return answer


class TalkingChat:
    """Says the same sentence to everybody, whole or word by word."""

    name = "talking"
    text = "It is a fine dashboard."

    def __init__(self) -> None:
        self.asked: list[list[dict[str, Any]]] = []
        self.fails: Exception | None = None
        self.fails_after = 0
        """How many words of a stream come before it fails."""
        self.pause_s = 0.0
        """Before each word."""
        self.endless = False
        self.closed = 0
        """Streams that were left before their end."""

    async def reply(self, messages: Sequence[dict[str, Any]], max_tokens: int | None = None) -> Reply:
        self.asked.append(list(messages))
        if self.fails is not None:
            raise self.fails
        return Reply(self.text, 7, 3)

    async def stream(self, messages: Sequence[dict[str, Any]], max_tokens: int | None = None) -> AsyncGenerator[Reply, None]:
        self.asked.append(list(messages))
        words = self.text.split(" ")
        try:
            for number in count() if self.endless else range(len(words)):
                if self.fails is not None and number == self.fails_after:
                    raise self.fails
                await asyncio.sleep(self.pause_s)
                yield Reply(words[number % len(words)] + (" " if number + 1 < len(words) or self.endless else ""))
        except (GeneratorExit, asyncio.CancelledError):
            self.closed += 1
            raise
        yield Reply("", 7, 3)
