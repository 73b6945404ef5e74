"""Answers: a word or two that mean something only after the question: "Where do you live?" "Lisbon."."""

import re

from workers.rules.persons import from_your_side

_LONGEST = 8
"""Words of an answer that is read with its question; a longer one speaks for itself."""
_OPEN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), sentence)
    for pattern, sentence in (
        (r"what(?:'s| is| should i call) (?:your name|you)\b|(?:may|can|could) i (?:have|get|know|ask) your name"
            r"|who am i (?:talking|speaking) (?:to|with)", "my name is {}"),
        (r"where (?:do you live|are you (?:based|located|living))|(?:what|which) (?:city|town|country) (?:do you live"
            r"|are you) in", "I live in {}"),
        (r"where (?:are|do) you (?:come )?from|where were you born", "I am from {}"),
        (r"how old are you|what(?:'s| is) your age", "I am {} years old"),
        (r"where do you work|(?:what company|who) do you work (?:for|at)", "I work at {}"),
        (r"what do you do(?: for (?:a living|work))?$|what(?:'s| is) your (?:job|occupation|profession)", "my job is {}"),
        (r"(?:what|which|who)(?:'s| is| are) your (?P<what>(?!question|plan|budget for|next|thoughts"
            r"|opinion)[\w' -]{3,50}?)(?: in (?:life|general))?$", "my {what} is {}"),
        (r"(?:what|which) (?P<what>[\w' -]{2,40}?) do you (?P<verb>like|love|prefer|speak|use|play|drive|own|eat"
            r"|drink)(?: (?:most|best))?$", "I {verb} {}"),
    )
)  # fmt: skip
_CLOSED = re.compile(
    r"(?:and |so )?(?P<do>are you|do you)(?: also| still| currently)? (?P<rest>(?!(?:have (?:any )?(?:questions?"
    r"|preferences?|specific|other|more|ideas?|time)|ready|sure|looking|interested|trying|okay|ok|there|asking"
    r"|referring)\b)"
    r"(?:(?<=are you )[\w' -]{3,60}|(?:have|like|love|eat|drink|live|work|own|play|speak|use|smoke|prefer|enjoy"
    r"|drive|exercise|travel|cook) ?[\w' -]{0,60}))$",
    re.IGNORECASE,
)
_YES = re.compile(r"(?:yes|yeah|yep|yup|sure|absolutely|definitely|indeed|of course|correct|right|i (?:do|am))[.!]*$", re.IGNORECASE)
_NO = re.compile(r"(?:no|nope|nah|not really|not at all|i (?:don't|am not|do not))[.!]*$", re.IGNORECASE)
_LEAD = re.compile(r"^(?:it's|it is|that's|that is|i'm|i am|in|at|from|as|well|oh|um|probably|maybe|definitely|mostly)\s+", re.IGNORECASE)
_SAYS_MORE = re.compile(r"\b(?:I|my|we|our|you|what|why|how|because|but|is|are|don't|know)\b|[?]", re.IGNORECASE)


def answered(question: str, answer: str) -> str | None:
    """Question and short answer as one first-person sentence: "my name is Sam", "I don't have any allergies"; None for others."""
    question = question.strip(" .?!").rsplit(", ", 1)[-1].lower()
    if match := _CLOSED.match(question):
        return _confirmed(match, answer)
    answer = _LEAD.sub("", answer.strip(" .!"))
    if not answer or len(answer.split()) > _LONGEST or _SAYS_MORE.search(answer):
        return None
    for pattern, sentence in _OPEN:
        if match := pattern.search(question):
            known = {name: value for name, value in match.groupdict().items() if value}
            return sentence.format(answer.removesuffix(" years old"), **known)
    return None


def _confirmed(match: re.Match[str], answer: str) -> str | None:
    said = f"you {match['rest']}" if match["do"].lower() == "do you" else f"you are {match['rest']}"
    if _YES.match(answer):
        return from_your_side(said).replace(" any ", " ")
    if _NO.match(answer):
        return from_your_side(said).replace("I am ", "I am not ", 1) if match["do"].lower() == "are you" else f"I don't {match['rest']}"
    return None
