"""Neighbours: of many drafts of many subjects, the nearest memories of each one's own subject."""

import asyncio
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable

from core.store.engine import rows_of, together
from core.store.filters import active_of, any_id
from core.store.nearest import EXACT_ROWS, nearest
from core.store.rows import Vector, matrix, memories
from core.store.sweep import sweep
from core.store.tables import MEMORY_READ
from schemas.search import Candidate

_COLUMNS = [*MEMORY_READ, "subject", "vector"]
_SEARCHES = 4
"""Vector searches at once."""
_SEARCH_ROWS = 600
"""A search for one draft takes as long as sweeping so many rows."""
_TOGETHER_ROWS = 20_000
"""Most rows read at once; with their vectors some 40 MB."""


async def neighbours(table: AsyncTable, asked: Mapping[str, Vector], k: int, least: float) -> dict[str, list[list[Candidate]]]:
    """By subject, for each of its (n, dim) unit vectors up to k active memories of at least that cosine, nearest first.

    Subjects of few memories are read together, once for all their drafts; one of many is swept once for many drafts,
    or searched once a draft where they are few.
    """
    sizes = await _sizes(table, list(asked))
    found: dict[str, list[list[Candidate]]] = {subject: [[] for _ in vectors] for subject, vectors in asked.items()}
    for group in _groups({subject: size for subject, size in sizes.items() if size <= EXACT_ROWS}):
        rows = await rows_of(table.query().where(active_of(group)).select(_COLUMNS))
        found |= await asyncio.to_thread(_by_product, rows, {subject: asked[subject] for subject in group}, k, least)
    for subject, size in sizes.items():
        if size > EXACT_ROWS:
            by = _by_sweep if len(asked[subject]) * _SEARCH_ROWS >= size else _by_search
            found[subject] = await by(table, subject, asked[subject], k, least)
    return found


async def _by_sweep(table: AsyncTable, subject: str, vectors: Vector, k: int, least: float) -> list[list[Candidate]]:
    near = await sweep(table, active_of([subject]), vectors, k, least)
    wanted = sorted({memory_id for ids in near for memory_id in ids})
    if not wanted:
        return [[] for _ in vectors]
    rows = await rows_of(table.query().where(any_id(wanted)).select(_COLUMNS))
    known = {memory.id: (memory, row) for memory, row in zip(memories(rows), matrix(rows), strict=True)}
    return [
        [
            Candidate(known[memory_id][0], _unit(known[memory_id][1] @ vector), vector=known[memory_id][1])
            for memory_id in ids
            if memory_id in known
        ]
        for ids, vector in zip(near, vectors, strict=True)
    ]


async def _sizes(table: AsyncTable, subjects: Sequence[str]) -> dict[str, int]:
    """How many active memories each subject has; those with none are left out."""
    rows = await rows_of(table.query().where(active_of(subjects)).select(["subject"]))
    counts = rows["subject"].combine_chunks().value_counts()
    return {count["values"]: count["counts"] for count in counts.to_pylist()}


def _groups(sizes: Mapping[str, int]) -> list[list[str]]:
    groups: list[list[str]] = []
    rows = _TOGETHER_ROWS
    for subject, size in sizes.items():
        if rows + size > _TOGETHER_ROWS:
            groups.append([])
            rows = 0
        groups[-1].append(subject)
        rows += size
    return groups


def _by_product(rows: pa.Table, asked: Mapping[str, Vector], k: int, least: float) -> dict[str, list[list[Candidate]]]:
    stored, subjects = matrix(rows), np.asarray(rows["subject"].to_pylist(), dtype=object)
    best: dict[str, list[list[tuple[int, float]]]] = {}
    for subject, vectors in asked.items():
        places = np.flatnonzero(subjects == subject)
        best[subject] = [_best(row, places, k, least) for row in vectors @ stored[places].T]
    wanted = sorted({place for drafts in best.values() for draft in drafts for place, _ in draft})
    known = dict(zip(wanted, memories(rows.take(np.array(wanted, np.int64))), strict=True))
    return {
        subject: [[Candidate(known[place], cosine, vector=stored[place]) for place, cosine in draft] for draft in drafts]
        for subject, drafts in best.items()
    }


def _best(similarities: Vector, places: np.ndarray, k: int, least: float) -> list[tuple[int, float]]:
    near = np.flatnonzero(similarities >= least)
    if len(near) > k:
        near = near[np.sort(np.argpartition(-similarities[near], k - 1)[:k])]
    near = near[np.argsort(-similarities[near], kind="stable")]
    return [(int(places[at]), _unit(similarities[at])) for at in near]


async def _by_search(table: AsyncTable, subject: str, vectors: Vector, k: int, least: float) -> list[list[Candidate]]:
    places = asyncio.Semaphore(_SEARCHES)

    async def search(vector: Vector) -> list[Candidate]:
        async with places:
            near = candidates(await nearest(table, vector, active_of([subject]), _COLUMNS, k, exact=False), vector)
            return [candidate for candidate in near if candidate.similarity >= least]

    return list(await together(*map(search, vectors)))


def candidates(rows: pa.Table, vector: Vector) -> list[Candidate]:
    """The rows of a vector search as candidates, nearest first; their similarity computed from the stored vectors."""
    stored = matrix(rows)
    found = [
        Candidate(memory, _unit(similarity), vector=row)
        for memory, similarity, row in zip(memories(rows), stored @ vector, stored, strict=True)
    ]
    return sorted(found, key=lambda candidate: candidate.similarity, reverse=True)


def _unit(similarity: np.float32) -> float:
    return min(1.0, max(-1.0, float(similarity)))
