"""User turns: what a person says about themselves, sentence by sentence."""

import re
from datetime import datetime

from workers.rules import dates, languages, references, utterances
from workers.rules.answers import answered
from workers.rules.clauses import clauses
from workers.rules.instructions import instruction
from workers.rules.introductions import introduced
from workers.rules.noise import Rejected, has_words, prose, rejected
from workers.rules.persons import ASSISTANT, Cast, spelled_out, third_person
from workers.rules.presupposed import presupposed
from workers.rules.sentences import Sentence, sentences
from workers.rules.told import ASKED, DIRECT, HEDGED, IMPLIED, SHORT, Told, how_specific, in_first_person, polished, put
from workers.rules.verbs import BASE, FINITE, GERUND, PAST, is_adverb

_STATIVE = re.compile(
    r"(?:(?:really|also|just|absolutely|still) )?(?:love|hate|prefer|enjoy|adore|want|need)\b(?! (?:that|this"
    r"|these|those|it|your|you|is|to (?:know|see|hear))\b)",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"(?:(?:currently|originally|also|recently|happily|now|still) )?(?:allergic to|based in|married (?:to|with"
    r"|for)|engaged to|addicted to|fluent in|lactose intolerant|(?:vegan|vegetarian)(?:$| (?:for|since|and))"
    r"|from [A-Z]|born (?:in|on)|raised in|diagnosed with|interested in|afraid of|obsessed with|passionate about|into )",
    re.IGNORECASE,
)
_MINE = re.compile(r"^[Tt]he (?=(?:kids|wife|husband|missus|hubby|in-laws|boyfriend|girlfriend)\b)")
"""Whose else: "the kids love the zoo"."""
_BORN = re.compile(r"(?:born|raised|diagnosed)\b", re.IGNORECASE)
_TOLD_OF_OTHERS = frozenset(
    "wants says likes loves hates works lives prefers has is thinks needs plays studies enjoys speaks owns hopes plans also".split()
)
_NOT_A_VERB_FIRST = frozenset("used thought said made given led based compared according left felt heard hit set put let read cut".split())
_LONGEST = 1200
"""Characters of a statement with a follow-up sentence."""
_FIRST_WORDS = 6
_FOLLOW_WORDS = 5
"""A sentence about "it" or "them" with fewer words says too little to keep."""


class UserTurn:
    """Reads one message; afterwards `told` and `nothing` hold what came of it, in order."""

    def __init__(self, cast: Cast, said_at: datetime, question: str = "") -> None:
        self.cast = cast
        self.said_at = said_at
        self._question = question
        """What was asked just before; it may be needed to understand a short answer."""
        self.told: list[Told] = []
        self.nothing: list[Rejected] = []
        self._before = ""
        self._kept_before = False
        self._pasted = False

    def read(self, content: str) -> None:
        """Take in a message; linear in its length."""
        text = prose(content)
        self.nothing.extend(text.nothing)
        for paragraph in text.paragraphs:
            for sentence in sentences(paragraph):
                self._sentence(sentence)

    def _sentence(self, sentence: Sentence) -> None:
        kept = len(self.told)
        if self._pasted:
            self._reject(sentence.text, "pasted text")
        elif reply := self._answer(sentence):
            self._keep(reply, DIRECT, sentence.text)
        elif not has_words(sentence.body):
            self._reject(sentence.text, "no words")
        elif sentence.goes_on and self._kept_before:
            self._rest_of_last(sentence)
        elif not languages.is_english(sentence.body):
            self._foreign(sentence)
        else:
            self._english(sentence)
        self._kept_before = len(self.told) > kept
        self._before = sentence.body

    def _rest_of_last(self, sentence: Sentence) -> None:
        """The rest of an endless sentence is a statement of its own, with the first words of it."""
        begin = " ".join(self.told[-1].text.split()[:_FIRST_WORDS]).rstrip(",.")
        self.told.append(Told(polished(f"{begin} … {third_person(sentence.body, self.cast)}"), self.told[-1].sure, sentence.text))

    def _foreign(self, sentence: Sentence) -> None:
        why = languages.why_nothing_foreign(sentence.text)
        if why:
            self._reject(sentence.text, why)
        else:
            self.told.append(Told(sentence.text.strip(), 0.6, sentence.text))

    def _english(self, sentence: Sentence) -> None:
        body, noted = utterances.noted(utterances.opened(spelled_out(sentence.body)))
        body, told = utterances.untagged(utterances.opened(body))
        asked = sentence.mark == "?" and not noted and not told
        parts = introduced(body)
        if parts is None and not asked and not noted and (wanted := instruction(body)):
            self._keep(wanted, DIRECT, sentence.text)
            return
        if utterances.is_imperative(body) and utterances.announces_paste(body):
            self._pasted = True
        parts = parts or [body]
        for place, part in enumerate(parts):
            self._split(part, sentence, asked and place == len(parts) - 1, ASKED if noted else None)

    def _answer(self, sentence: Sentence) -> str | None:
        question, self._question = self._question, ""
        return answered(question, spelled_out(sentence.body)) if question and sentence.mark != "?" else None

    def _split(self, body: str, sentence: Sentence, asked: bool, sure: float | None) -> None:
        parts = clauses(body)
        questions = sum(utterances.is_question(part) for part in parts)
        for place, part in enumerate(parts):
            last = place == len(parts) - 1
            part = references.placed(part, parts[place - 1] if place else self._before)
            self._clause(part, sentence, asked=asked and last and not (questions and place), sure=sure)

    def _clause(self, part: str, sentence: Sentence, *, asked: bool, sure: float | None) -> None:
        part = _MINE.sub("My ", utterances.opened(part))
        why = None if sure else utterances.why_nothing(part, asked=asked)
        if why:
            self._left_out(part, why)
        elif references.leads_with_pronoun(part):
            self._about_before(part, sentence)
        elif utterances.about_you(part):
            self._about_you(part, sentence)
        elif elided := self._with_subject(part):
            self._keep(elided, sure or SHORT, sentence.text)
        elif in_first_person(part):
            self._keep(part, sure or (HEDGED if utterances.hedged(part) else DIRECT), sentence.text)
        else:
            self._about_others(part, sentence, sure)

    def _left_out(self, part: str, why: str) -> None:
        """A question, request or the like; the personal facts it takes as given are kept."""
        facts = (
            list(presupposed(part))
            if not self._pasted and why in {"a question", "a request", "thanks", "nothing specific about anybody"}
            else []
        )
        for fact in facts:
            for clause in clauses(fact):
                self._keep(clause, IMPLIED, part)
        self._reject(part, why)

    def _about_before(self, part: str, sentence: Sentence) -> None:
        """About "she" or "it": put the name in where it is clear, else join it to the sentence it continues."""
        whole = references.resolve(part, self._before)
        if whole is not None:
            self._keep(whole, DIRECT, sentence.text)
        elif self._kept_before and len(part.split()) >= _FOLLOW_WORDS and len(self.told[-1].text) + len(part) < _LONGEST:
            before = self.told[-1]
            follow = polished(third_person(part, self.cast))
            self.told[-1] = Told(f"{before.text} {follow}", before.sure, f"{before.source} {sentence.text}")
            self._kept_before = False
        else:
            self._reject(part, "unclear who or what is meant")

    def _about_you(self, part: str, sentence: Sentence) -> None:
        if self.cast.addressee in {"", ASSISTANT}:
            self._reject(part, "about the one spoken to")
        else:
            self._keep(part, IMPLIED, sentence.text)

    def _with_subject(self, part: str) -> str | None:
        """A clause whose subject was left out, with it: the speaker, or whom the sentence before is about."""
        first = part.split(" ", 1)[0].lower()
        if first in _TOLD_OF_OTHERS and (somebody := references.subject_before(self._before)):
            return f"{somebody} {_lowered(part)}"
        return _with_subject(part)

    def _about_others(self, part: str, sentence: Sentence, sure: float | None) -> None:
        specific = how_specific(part)
        if specific is None and sure is None:
            self._left_out(part, "nothing specific about anybody")
            return
        if utterances.is_verdict(part):
            self._keep(f"I think {part}", HEDGED, sentence.text)
            return
        whole = sentence.text.strip() if sentence.text.startswith(part) and len(sentence.text) - len(part) < 4 else polished(part)
        self.told.append(Told(dates.resolve(whole, self.said_at), sure or specific or HEDGED, sentence.text))

    def _keep(self, clause: str, sure: float, source: str) -> None:
        text = put(self._unaddressed(clause), self.cast, self.said_at)
        if len(text.split()) < 3:
            self._reject(clause, "too short to say anything")
        else:
            self.told.append(Told(text, sure, source))

    def _unaddressed(self, clause: str) -> str:
        """Without the name it is said to: "I moved, Bob" said to Bob."""
        name = self.cast.addressee
        return clause.removesuffix(f", {name}").removeprefix(f"{name}, ") if name else clause

    def _reject(self, text: str, why: str) -> None:
        self.nothing.append(rejected(text, why))


def _with_subject(part: str) -> str | None:
    """A clause whose "I" was left out, with it: "Moved to Berlin", "Allergic to nuts", "Love hiking"; None for others."""
    words = [word.strip(",") for word in part.split()[:14]]
    low = [word.lower() for word in words]
    if _STATE.match(part):
        return f"I {'was' if _BORN.match(part) else 'am'} {_lowered(part)}"
    if len(words) < 2:
        return None
    if _STATIVE.match(part):
        return f"I {_lowered(part)}"
    first = next((n for n, word in enumerate(low[:3]) if not is_adverb(word)), 0)
    if low[first] in PAST and low[first] not in _NOT_A_VERB_FIRST and len(words) > first + 2:
        return f"I {_lowered(part)}"
    if low[0] == "will" and low[1] in BASE:
        return f"I {_lowered(part)}"
    if low[first] in GERUND and len(words) > first + 2 and not any(word in FINITE for word in low[first + 1 :]):
        return f"I am {_lowered(part)}"
    return None


def _lowered(part: str) -> str:
    return part[0].lower() + part[1:]
