"""Reconcile: each draft against what is already known of its subject; gives the plan and a verdict with its reason for each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.event import MessagesReceived
from schemas.ids import memory_id
from schemas.memory import ChangeKind, Memory, MemoryState
from schemas.receipt import Action, Verdict
from schemas.scope import Scope
from schemas.search import Candidate
from workers.draft import Draft, Vectors
from workers.plan import Plan, Vector
from workers.rules import importance
from workers.rules.reconcile import Decision, judge
from workers.stages.change import change
from workers.stages.recollect import LEAST, NEIGHBOURS, Recollection

_STALE_MAX = 4
"""A correction takes back at most this many memories."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every decision of a batch shares."""

    shard: int
    now: datetime
    embedding_model: str


def reconcile(event: MessagesReceived, drafts: Sequence[Draft], vectors: Vectors, memories: Recollection, setting: Setting) -> Plan:
    """Decide about each draft in order; later drafts see what earlier ones decided.

    A memory that an earlier try of this very event left in the store is no neighbour: it is written again.
    """
    plan = Plan()
    for place, (draft, vector) in enumerate(zip(drafts, vectors, strict=True)):
        scope, subject = scope_of(event, draft), event.subject
        own = memory_id(event.id, draft.ordinal, setting.shard)
        if draft.verbatim:
            decisions = [_judge_verbatim(draft, scope, subject, own, memories)]
        else:
            stored = [near for near in memories.near.get((event.id, place), []) if near.memory.id != own]
            decisions = _judge_learned(draft, scope, memories.overlay.neighbours(subject, vector, stored, NEIGHBOURS, LEAST))
        for decision in decisions:
            _carry_out(decision, draft, scope, vector, event, plan, memories, setting)
    return plan


def scope_of(event: MessagesReceived, draft: Draft) -> Scope:
    """Whose the draft is: word for word it carries every id; learned, it is the user's where there is one, else the agent's."""
    learned_of_user = not draft.verbatim and event.scope.user is not None
    return replace(event.scope, agent=None) if learned_of_user else event.scope


def _judge_verbatim(draft: Draft, scope: Scope, subject: str, own: str, memories: Recollection) -> Decision:
    twins = memories.overlay.same_words(subject, draft.text, memories.same.get(subject, []))
    twin = next((twin for twin in twins if twin.scope == scope and twin.id != own), None)
    if twin is not None:
        return Decision(Action.NONE, Candidate(twin, 1.0), None, "already stored word for word")
    return Decision(Action.ADD, None, None, "stored word for word")


def _judge_learned(draft: Draft, scope: Scope, near: Sequence[Candidate]) -> list[Decision]:
    """One decision, or one for each memory that the draft corrects.

    The same fact counts as known only within the same scope, so that a search by run or app finds it there; a correction
    reaches everything known of the subject.
    """
    corrections: list[Decision] = []
    rest = list(near)
    while True:
        decision = judge(draft.text, draft.type, draft.said_at, rest)
        target = decision.target
        if decision.action is Action.SUPERSEDE and len(corrections) < _STALE_MAX and target is not None:
            corrections.append(decision)
        elif decision.action is Action.ADD or target is None:
            return corrections or [decision]
        elif target.memory.scope == scope and not corrections:
            return [decision]
        rest = [candidate for candidate in rest if candidate is not target]


def _carry_out(
    decision: Decision,
    draft: Draft,
    scope: Scope,
    vector: Vector,
    event: MessagesReceived,
    plan: Plan,
    memories: Recollection,
    setting: Setting,
) -> None:
    writing = _Writing(event, draft, scope, plan, memories, setting)
    target = decision.target.memory if decision.target else None
    match decision.action:
        case Action.ADD:
            writing.add(vector, decision.reason)
        case Action.SUPERSEDE if target is not None:
            writing.supersede(target, vector, decision.reason)
        case Action.UPDATE | Action.MERGE if target is not None and decision.text not in (None, target.content):
            writing.rewrite(target, decision.text or draft.text, vector, decision)
        case _:
            writing.leave(target, decision.reason)


@dataclass(frozen=True, slots=True)
class _Writing:
    """One draft's effects on plan, overlay and vectors."""

    event: MessagesReceived
    draft: Draft
    scope: Scope
    plan: Plan
    memories: Recollection
    setting: Setting

    def add(self, vector: Vector, reason: str) -> Memory:
        memory = self._new_memory()
        self._put(memory, vector)
        self._note(ChangeKind.ADD, None, memory, reason)
        self._verdict(Action.ADD, memory.content, reason, memory_id=memory.id)
        return memory

    def supersede(self, old: Memory, vector: Vector, reason: str) -> None:
        """The new memory once, however many it corrects; each corrected one leaves search and stays in history."""
        new = self.memories.overlay.rows.get(self._id) or self._new_memory()
        if new.id not in self.plan.embed:
            self._put(new, vector)
            self._note(ChangeKind.ADD, None, new, reason)
        stale = replace(old, state=MemoryState.SUPERSEDED, superseded_by=new.id, version=old.version + 1, updated_at=self.setting.now)
        self.plan.upserts.append(stale)
        self.memories.overlay.put(stale, None)
        self._note(ChangeKind.SUPERSEDE, old, stale, reason)
        self._verdict(Action.SUPERSEDE, new.content, reason, memory_id=new.id, previous=old)

    def rewrite(self, old: Memory, text: str, vector: Vector, decision: Decision) -> None:
        """The same fact in better words: the memory keeps its id."""
        new = replace(old, content=text, version=old.version + 1, updated_at=self.setting.now)
        self._put(new, vector)
        self._note(ChangeKind.UPDATE, old, new, decision.reason)
        self._verdict(decision.action, text, decision.reason, memory_id=old.id, previous=old)

    def leave(self, known: Memory | None, reason: str) -> None:
        self._verdict(Action.NONE, self.draft.text, reason, memory_id=known.id if known else None)

    def _put(self, memory: Memory, vector: Vector) -> None:
        self.plan.upserts.append(memory)
        self.plan.embed.append(memory.id)
        self.memories.vectors[memory.id] = vector
        self.memories.overlay.put(memory, vector)

    def _note(self, kind: ChangeKind, before: Memory | None, after: Memory, reason: str) -> None:
        line = change(
            kind, before=before, after=after, event_id=self.event.id, at=self.setting.now, reason=reason, source=self.draft.source
        )
        self.plan.changes.append(line)

    def _verdict(self, action: Action, text: str, reason: str, *, memory_id: str | None, previous: Memory | None = None) -> None:
        self.plan.verdicts.append(
            Verdict(
                action=action,
                text=text,
                reason=reason,
                memory_id=memory_id,
                previous_id=previous.id if previous else None,
                previous_text=previous.content if previous else None,
                type=self.draft.type,
            )
        )

    @property
    def _id(self) -> str:
        return memory_id(self.event.id, self.draft.ordinal, self.setting.shard)

    def _new_memory(self) -> Memory:
        draft, event = self.draft, self.event
        return Memory(
            id=self._id,
            scope=self.scope,
            content=draft.text,
            type=draft.type,
            confidence=draft.confidence,
            importance=importance.initial(draft.type, draft.confidence),
            categories=draft.categories,
            source_kind="verbatim" if draft.verbatim else "message",
            event_id=event.id,
            speaker=draft.speaker,
            said_at=draft.said_at,
            created_at=event.occurred_at + timedelta(microseconds=draft.ordinal),  # lists keep the conversation's order
            updated_at=self.setting.now,
            accepted_at=event.accepted_at or event.occurred_at,
            expires_at=event.expires_at,
            immutable=event.immutable,
            metadata=event.metadata or {},
            embedding_model=self.setting.embedding_model,
        )
