"""Do related memories pass the thresholds clients send, and unrelated ones not?"""

from collections.abc import Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from bench.quality.evaluation import SETS
from bench.quality.rankers import Pool, Runner, Words
from query.question import read_question
from query.scoring import rank
from schemas.search import Candidate

_CUTS = (0.1, 0.3)
"""What Mem0's API takes where the client names none: version 3 and 2."""


def thresholds(script: ModuleType, runner: Runner, sets: Sequence[str], *, extracted: bool) -> str:
    """A table: of the gold documents, and of all documents of another user (the next conversation's), the share that passes."""
    lines = ["", "| set | " + " | ".join(f"gold >= {cut} | others' >= {cut}" for cut in _CUTS) + " |", "|---" * (2 * len(_CUTS) + 1) + "|"]
    for name in sets:
        if SETS[name].get("level") != "session":
            gold, others = _scores(script, runner, name, extracted=extracted)
            shares = (f"{_share(gold, cut, '.0%')} | {_share(others, cut, '.1%')}" for cut in _CUTS)
            lines.append(f"| {name} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def _share(scores: NDArray[np.float64], cut: float, style: str) -> str:
    return format(float(np.mean(scores >= cut)), style) if len(scores) else ""


def _scores(script: ModuleType, runner: Runner, name: str, *, extracted: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    options = SETS[name]
    conversations, questions = script.load(
        name.split(" ")[0], labels=options.get("labels", "evidence"), roles=options.get("roles"), clean=options.get("clean", False)
    )
    names = list(conversations)
    pools = {key: Pool(documents, runner, extracted=extracted) for key, documents in conversations.items()}
    words = {key: Words(script, pool) for key, pool in pools.items()}
    gold: list[float] = []
    others: list[float] = []
    for question in questions:
        own = question["conversation_id"]
        found = _found(runner, pools[own], words[own], question["question"])
        gold += [found[document] for document in question["gold"] if document in found]
        if len(names) > 1:
            other = names[(names.index(own) + 1) % len(names)]
            others += _found(runner, pools[other], words[other], question["question"]).values()
    return np.array(gold), np.array(others)


def _found(runner: Runner, pool: Pool, words: Words, text: str) -> dict[str, float]:
    question = read_question(text)
    cosines, lexical = pool.vectors @ runner.embed([text])[0], words.scores(question)
    candidates = [Candidate(m, float(c), float(w)) for m, c, w in zip(pool.memories, cosines, lexical, strict=True)]
    return pool.documents(rank(question, candidates, max(memory.said_at for memory in pool.memories)))
