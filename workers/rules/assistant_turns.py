"""Assistant turns: only what they repeat about the user counts: "You mentioned that you're vegan", "Got it, you live in Lisbon"."""

import re
from datetime import datetime

from workers.rules.clauses import clauses
from workers.rules.noise import Rejected, prose, rejected
from workers.rules.persons import Cast, from_your_side, spelled_out
from workers.rules.sentences import sentences
from workers.rules.told import IMPLIED, Told, put
from workers.rules.utterances import why_nothing

_MENTIONED = re.compile(
    r"(?:\b(?:(?:as )?you(?: have|'ve)?(?: also| previously| earlier| just| already)? (?:mentioned|said|told me"
    r"|noted|shared|stated|indicated|explained)"
    r"|I(?: will|'ll| have|'ve| now| also)? ?(?:remember|remembered|note|noted|keep in mind|recall|know"
    r"|made a note|saved|updated)|noted|good to know|to summari[sz]e|just to confirm|I've got it)"
    r"(?: (?:earlier|before|previously|last time))?(?: that)?[:,]?\s+|^(?:(?:got it|noted|okay|ok|understood"
    r"|great|alright|perfect|thanks for (?:sharing|letting me know|telling me)|so|right|nice|wonderful"
    r"|ah)[,.!:—-]*\s+)+(?:so )?)(?=you\b|your\b)",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"\b(?:since|because|given(?: that)?|considering(?: that)?|knowing(?: that)?)\s+(?=(?:you (?:are|have|live"
    r"|like|love|prefer|enjoy|hate|work|use|don't|do not|can't|own)|your \w+ (?:is|are|has|lives|works))\b)",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r",?\s+(?:so|and|but)?\s*(?:here|I|let's|let|this|these|how|would|what|why|which|is there|do you|are you"
    r"|can you|shall|you (?:can|might|could|should|may|will|would|need)|(?:and|so) that)\b|[;!?:]| - | — "
    r"|, (?!and |who |which |where |but |or |\w+,|\w+ and )",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"(?:you (?:(?:\w+ly|also|both|now|still|never|often|always|just) ){0,2}(?:are|were|have|had|live|work|like"
    r"|love|prefer|enjoy|hate|use|study|own|want|don't|do not|can't|cannot|moved|grew|speak|play|drive|eat|drink"
    r"|dislike|plan|got|adopted|started|bought|met|visited|studied|teach)\b"
    r"|your [\w' -]{1,60}? (?:is|are|was|has|have|lives|works|likes|loves|hates|prefers|moved|got|goes)\b)",
    re.IGNORECASE,
)
_PLEASANTRY = re.compile(
    r"you (?:are|were) (?:(?:so|very|absolutely|quite|totally|all|most) )?(?:right|welcome|correct|asking"
    r"|looking|ready|on the right|saying|interested in (?:learning|exploring|knowing)|trying|referring|talking"
    r"|not alone|doing (?:great|well)|having (?:trouble|issues|difficulty)|feeling|free to|able to|going to|set"
    r"|good|missing|getting)\b"
    r"|you (?:have|had) (?:any|a (?:question|good|great|solid|few|couple)|(?:\w+ )?(?:questions?|options?"
    r"|doubts?)|to\b)|you (?:like|want) (?:me|to (?:know|see|learn))\b|your (?:question|request|message|code"
    r"|query|input|answer|work|patience|understanding|idea|approach|plan)\b",
    re.IGNORECASE,
)


_AND_THAT = re.compile(r",? and (?:that )?(?=you|your)", re.IGNORECASE)


class AssistantTurn:
    """Reads one message of the assistant; afterwards `told` and `nothing` hold what came of it."""

    def __init__(self, cast: Cast, said_at: datetime) -> None:
        self.cast = cast
        self.said_at = said_at
        self.told: list[Told] = []
        self.nothing: list[Rejected] = []

    def read(self, content: str) -> None:
        """Take in a message; linear in its length."""
        for paragraph in prose(content).paragraphs:
            for sentence in sentences(paragraph):
                if sentence.mark != "?" or _MENTIONED.search(sentence.body[:300]):
                    self._sentence(spelled_out(sentence.body), sentence.text)
        if not self.told:
            self.nothing.append(rejected(content, "the assistant's own words"))

    def _sentence(self, body: str, source: str) -> None:
        match = _MENTIONED.search(body) or _GIVEN.search(body)
        if match is None:
            return
        for fact in _AND_THAT.split(body[match.end() :]):
            self._fact(fact, source)

    def _fact(self, fact: str, source: str) -> None:
        end = _ENDS.search(fact, 8)
        fact = fact[: end.start()] if end else fact
        if not _STATES.match(fact) or _PLEASANTRY.match(fact):
            return
        for clause in clauses(from_your_side(fact)):
            if why_nothing(clause, asked=False) is None:
                self.told.append(Told(put(clause, self.cast, self.said_at), IMPLIED, source))
