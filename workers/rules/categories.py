"""Categories: the default list (Mem0's names) and which of them a memory belongs to."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workers.rules.gate import Gate

Vector = NDArray[np.float32]
Vectors = NDArray[np.float32]

DEFAULT_CATEGORIES: Mapping[str, str] = {
    "personal_details": "Name, age, home, language, contact details and other facts of a person",
    "family": "Parents, siblings, children, spouse, relatives and pets",
    "professional_details": "Job, employer, career, colleagues, skills, studies and projects at work",
    "sports": "Sports, training, teams and matches",
    "travel": "Trips, destinations, flights, hotels and moving abroad",
    "food": "Food and drink, diet, restaurants, cooking and allergies to food",
    "music": "Music, songs, bands, concerts and instruments",
    "health": "Health, illness, allergies, medication, fitness, sleep and mood",
    "technology": "Software, programming, computers, devices and tools",
    "hobbies": "Hobbies and pastimes such as reading, games, gardening, photography and crafts",
    "fashion": "Clothes, shoes, style and beauty",
    "entertainment": "Films, series, television, video games, theatre and events",
    "milestones": "Weddings, births, graduations, promotions, anniversaries and achievements",
    "user_preferences": "How the person likes things done, and what they like or dislike",
    "misc": "Everything else",
}
"""name -> description; the description is what is embedded."""

_BESIDE_WORDS = re.compile(r"[ '-]")
"""What stands in a phrase and in no single word."""
_CUE_WORDS: Mapping[str, str] = {
    "personal_details": r"name is|named|called|years old|born|birthday|lives? (?:in|at|near|on)|moved to|phone|e-?mail|address"
    r"|nationality|speaks?|hometown|age|timezone|pronouns",
    "family": r"sisters?|brothers?|mother|father|mom|mum|dad|wife|husband|sons?|daughters?|kids?|child(?:ren)?|parents?"
    r"|family|grand\w+|cousins?|aunt|uncle|nieces?|nephews?|siblings?|married|dogs?|cats?|pupp(?:y|ies)|pets?"
    r"|twins",
    "professional_details": r"works? (?:at|for|as|in|on)|working (?:at|for|as|on)|jobs?|career|employer|company|boss|manager"
    r"|colleagues?|team|salary|promot\w+|engineer|teacher|nurse|developer|designer|doctor|lawyer|degree|university|studies"
    r"|studying|project|startup|clients?|deadline|interview|resume",
    "sports": r"sports?|soccer|football|basketball|tennis|golf|marathon|running|runs|gym|yoga|swim\w*|cycling|climbing"
    r"|hik(?:es?|ing)|ski\w*|surf\w*|baseball|hockey|rugby|volleyball|boxing|martial arts|workouts?",
    "travel": r"trips?|travel\w*|flights?|fl(?:y|ies|ying) to|visit(?:s|ed|ing)?|vacation|holidays?|hotel|airport|abroad"
    r"|passport|visa|moved? from|moving to|backpack\w*|cruise",
    "food": r"food|eats?|eating|cook(?:s|ing|ed)?|bak(?:es?|ing)|recipes?|restaurants?|vegan|vegetarian|meat|nuts?"
    r"|coffee|tea|wine|beer|pizza|sushi|pasta|cheese|chocolate|diet|dinner|lunch|breakfast|drinks?|dairy|gluten"
    r"|spicy|shellfish|cuisine",
    "music": r"music|songs?|bands?|guitar|piano|violin|drums|sings?|singing|concerts?|album|jazz|rock|hip hop|rap|opera"
    r"|playlist|musician",
    "health": r"health\w*|allerg\w+|doctor|ill(?:ness)?|disease|diabet\w+|asthma|medicat\w+|medicine|therap\w+|anxiety"
    r"|depress\w+|sleep\w*|injur\w+|surgery|hospital|pain|pregnan\w+|migraines?|fitness|weight|intoleran\w+"
    r"|diagnos\w+|gym|yoga|stress\w*",
    "technology": r"software|code|coding|program\w*|python|javascript|typescript|rust|java|react|graphql|api|database|server"
    r"|computer|laptop|phone|linux|mac(?:os|book)?|windows|docker|kubernetes|github|git|vs ?code|ide|ai|app"
    r"|dark mode|postgres\w*|cloud|aws|deploy\w*",
    "hobbies": r"hobb(?:y|ies)|reads?|reading|books?|garden\w*|photograph\w*|paint\w*|draw\w*|knit\w*|crochet\w*|chess"
    r"|board games?|puzzles?|fishing|camping|hiking|collect\w*|craft\w*|danc\w+|pottery|woodwork\w*",
    "fashion": r"fashion|clothes|clothing|dress(?:es)?|shoes|sneakers?|jeans|outfit|jewel\w+|makeup|style|hair(?:cut"
    r"|style)?|tattoos?|wears?|wearing",
    "entertainment": r"films?|movies?|series|shows?|tv|television|netflix|anime|theat(?:er|re)|video games?|gaming|actors?"
    r"|comics?|podcasts?|novels?|festival|star wars|marvel|disney",
    "milestones": r"graduat\w+|married|wedding|engaged|promot\w+|born|birth|anniversar\w+|award\w*|won|first (?:marathon|job"
    r"|house|home|child|book)|retire\w*|divorced?|published|adopted|bought (?:a|their|her"
    r"|his) (?:first )?(?:house|home)",
    "user_preferences": r"prefers?|likes?|loves?|hates?|dislikes?|favou?rites?|enjoys?|wants? the assistant|can't stand|fan of"
    r"|rather|doesn't like|no longer likes|adores?|fond of",
}


def _alternatives(pattern: str) -> list[str]:
    """The alternatives of a pattern: it is cut at each | that stands in no bracket."""
    return re.findall(r"(?:\([^)]*\)|[^|(])+", pattern)


def _compiled(alternatives: Mapping[str, Sequence[str]]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(rf"\b(?:{'|'.join(some)})\b", re.IGNORECASE) for name, some in alternatives.items() if some}


_ALTERNATIVES = {name: _alternatives(words) for name, words in _CUE_WORDS.items()}
_CUES = _compiled(_ALTERNATIVES)
_SINGLES = _compiled({name: [one for one in some if not _BESIDE_WORDS.search(one)] for name, some in _ALTERNATIVES.items()})
_PHRASES = _compiled({name: [one for one in some if _BESIDE_WORDS.search(one)] for name, some in _ALTERNATIVES.items()})
_PHRASED = tuple(_PHRASES)
_GATE = Gate([pattern.pattern for pattern in _PHRASES.values()])
_WORD = re.compile(r"\b\w{1,40}\b")
_WORDS_REMEMBERED = 20_000
_THRESHOLD = 0.34
"""Cosine from which a description alone is enough."""
_MARGIN = 0.07
"""A category by cosine must come this near to the best one."""
_CUE_BONUS = 0.25
"""What a typical word is worth, in cosine."""
_MOST = 3


def described(name: str, description: str) -> str:
    """What is embedded of a category: its name in words, and what it means."""
    return f"{name.replace('_', ' ')}: {description}" if description else name.replace("_", " ")


def assign(text: str, vector: Vector, vectors: Vectors, names: Sequence[str]) -> tuple[str, ...]:
    """The categories a memory belongs to, best first, at most 3; "misc" alone where it is offered and nothing else fits.

    `vector` (dim,) and `vectors` (n, dim: one a description, in the order of `names`) are float32 of unit length. A typical
    word of a default category counts beside the meaning; a category of the application's own is told by meaning alone, or
    by its name in the text.
    """
    if not len(names):
        return ()
    told = _told_by_words(text, names)
    meant = (vectors @ vector).tolist()
    scores = {
        name: -1.0 if name == "misc" else cosine + (_CUE_BONUS if name in told else 0.0) for name, cosine in zip(names, meant, strict=True)
    }
    order = sorted(names, key=lambda name: -scores[name])[:_MOST]
    floor = max(_THRESHOLD, scores[order[0]] - _MARGIN)
    found = tuple(name for name in order if scores[name] >= floor or (scores[name] >= _THRESHOLD and name in told))
    return found or (("misc",) if "misc" in names else ())


def mentions(topic: str, text: str) -> bool:
    """Whether a typical word of a topic stands in the text: of a default category that the topic names, or the topic itself."""
    names = [name for word in re.findall(r"\w+", topic.lower()) for name in (word, f"{word}s") if name in _CUES]
    return any(_cue(name).search(text) for name in (*names, topic))


def _told_by_words(text: str, names: Sequence[str]) -> set[str]:
    """Those of `names` that a typical word of theirs stands for. Word by word, for words come again: a third of the time of
    searching the text for each category."""
    words = set(_WORD.findall(text))
    told = set().union(*map(_told_by_word, words))
    for place in _GATE.open(text):
        name = _PHRASED[place]
        if name not in told and _PHRASES[name].search(text):
            told.add(name)
    told.update(name for name in names if name not in _CUES and _cue(name).search(text))
    return told


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _told_by_word(word: str) -> frozenset[str]:
    return frozenset(name for name, single in _SINGLES.items() if single.fullmatch(word))


def _cue(name: str) -> re.Pattern[str]:
    return _CUES.get(name) or re.compile(rf"\b{re.escape(name.replace('_', ' '))}\b", re.IGNORECASE)
