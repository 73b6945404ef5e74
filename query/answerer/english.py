"""English: the little grammar it takes to say "you" for "the user", and to tell which words carry a question."""

import re

_VERBS = """
accept admire adore agree allow appreciate ask attend avoid bake become begin believe belong bring build buy carry choose code collect
commute consider contribute create deal decide deploy develop dislike draw drive earn eat enjoy enroll expect explore feel find finish
follow forget fly get give go grow handle hate have hear help hold hope identify include intend invest involve join keep know lead learn
like listen live love maintain make manage marry meet mentor move need open order organize own paint pay perform plan play practice
prefer prepare pursue put raise read receive recommend remember require resent reside ride run say see seem sell send share sing sit
sleep speak spend spell start stay stop struggle study suffer swim take teach tell tend think train travel try understand use volunteer
wait wake walk want watch wear work write
arrive bike call clean climb collaborate compose cook crochet cry cycle dance debug donate edit fish fix garden hike improve jog juggle
knit lift meditate mentor meet paint photograph practise program publish race record recover repair research retire sail sew skate ski
smoke surf teach translate visit vote
"""
_ALSO_NOUNS = """
answer bike book call camp cook cost cover cycle dance date design dream drink end exercise experience film garden guide hike host jog
journal land look market mean name offer paint park plan play practice program project question rent report research rest ride run
sail score search ski smoke snack speak start stay stop stream study swim test track train travel trip try view visit vote walk wish
work
"""
_PAST = """
was were had did went came got gave took made met moved lived worked bought built began became broke brought caught chose drew drank drove
ate fell felt found flew forgot grew heard held kept knew led learnt left lent lost meant paid ran rode said sang sat saw sent slept sold
spent spoke stood swam taught thought told threw understood woke won wore wrote quit read cut put hit set hurt
"""
_ADVERBS = """
also always almost often never ever still just now then too really quite rather very already sometimes usually soon once twice both only
currently recently today no longer not
"""
BASE = frozenset(_VERBS.split())
_NOUNS = frozenset(_ALSO_NOUNS.split())
PAST = frozenset(_PAST.split())
ADVERBS = frozenset(_ADVERBS.split())
MODALS = frozenset("can could will would shall should may might must cannot can't couldn't won't wouldn't shouldn't mustn't".split())
_PLURAL_OF = {
    "is": "are",
    "am": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "goes": "go",
    "isn't": "aren't",
    "wasn't": "weren't",
    "hasn't": "haven't",
    "doesn't": "don't",
}
AUXILIARIES = frozenset(
    "do does did am is are was were have has had can could will would shall should may might must don't doesn't didn't isn't aren't "
    "wasn't weren't haven't hasn't hadn't can't couldn't won't wouldn't shouldn't".split()
)
PREPOSITIONS = frozenset(
    "about above after against among around as at before behind below between by during for from in inside into like near of off on onto "
    "out over past since through to toward towards under until up with within without every each because who which that when where while "
    "called named and or but".split()
)
_BEHIND_NOUNS = frozenset({"", "about", "by", "of", "from", "and", "or", "but"})
_FUNCTION = frozenset(
    """a an the this that these those some any all each every no not i me my mine myself you your yours we us our ours he him his she her
    hers it its they them their theirs who whom whose what which when where why how do does did done doing am is are was were be been being
    have has had having can could will would shall should may might must of to in on at for from with by about as and or but if than then
    so too very also just really still ever never now currently usually often there here please tell say know remember recall remind
    exactly again before previously formerly originally currently today used s t d m re ve ll don doesn didn isn aren wasn user kind sort
    much many lot thing things something anything one ones get
    got go goes going""".split()
)
"""Words that say nothing about what a question is about."""
_LIGHT = frozenset({"like", "use", "want", "need", "make", "take"})
_CONCEPTS = {
    word: concept
    for concept, words in {
        "like": "like love enjoy adore prefer favorite favourite fan preference",
        "hate": "hate dislike detest",
        "live": "live reside home hometown address",
        "job": "job work occupation profession career living employ employer employed",
        "birth": "born birthday birthdate birth",
        "name": "name called named",
        "planning": "plans planning planned",
        "color": "color colour",
        "travel": "travel trip travelling traveling journey vacation holiday",
        "spouse": "wife husband spouse married partner",
        "build": "build building built",
        "allergy": "allergy allergic",
        "buy": "buy bought purchase",
        "drive": "drive driving drove",
        "speak": "speak spoke spoken",
        "study": "study studying studied",
        "run": "run running ran",
    }.items()
    for word in words.split()
}
_KINDS = {
    word: kind
    for kind, words in {
        "pet": "dog cat parrot hamster rabbit",
        "family": "wife husband sister brother mother father mom mum dad kid child children son daughter parent uncle aunt married",
    }.items()
    for word in words.split()
}
"""Word -> what it is one of: who asks about pets asks about dogs, and not the other way round."""
_LOOKED_FOR = {
    word: others
    for asked, others in {
        "job work occupation profession career living": "works as a job",
        "pet pets": "dog cat pet",
        "travelling traveling travel trip vacation holiday": "trip travel planning",
        "like love enjoy hobbies hobby favorite favourite": "likes loves enjoys prefers favorite",
        "family": "wife husband sister brother mother father kids",
        "partner spouse wife husband": "married wife husband",
        "age born birthday": "born birthday",
    }.items()
    for word in asked.split()
}
"""Word of a question -> words its answer may be found by."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of `text` in small letters, contractions whole."""
    return [word.replace("’", "'").lower() for word in _WORD.findall(text)]


def topics(text: str) -> dict[str, float]:
    """What `text` is about: the stems of its words that carry content, each with its weight (0..1)."""
    stems = (stem(word) for word in words(text) if word.removesuffix("'s") not in _FUNCTION and word not in AUXILIARIES)
    return {found: 0.3 if found in _LIGHT else 1.0 for found in stems}


def named(text: str) -> set[str]:
    """The topics a memory speaks of, and what they are kinds of."""
    found = topics(text)
    return {*found, *(_KINDS[word] for word in found if word in _KINDS)}


def looked_for(text: str) -> str:
    """`text` with the words its answer may be found by: "What is my job?" is answered by "works as"."""
    others = dict.fromkeys(_LOOKED_FOR[word] for word in words(text) if word in _LOOKED_FOR)
    return " ".join([text, *others])


def stem(word: str) -> str:
    """One form for the forms of a word, and for some words that ask for the same."""
    word = word.removesuffix("'s")
    if word in _CONCEPTS:
        return _CONCEPTS[word]
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss" if ending == "s" else "\0"):
            word = word.removesuffix(ending) + instead
            break
    if word in _CONCEPTS:
        return _CONCEPTS[word]
    word = word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls" else word
    return _CONCEPTS.get(word + "e", word.removesuffix("e") if len(word) > 3 else word)


def is_adverb(word: str) -> bool:
    """Whether the word may stand between a subject and its verb."""
    return word in ADVERBS or (len(word) > 5 and word.endswith("ly"))


def is_past(word: str) -> bool:
    """Whether the word may be a simple past."""
    return word in PAST or (len(word) > 4 and word.endswith("ed"))


def is_finite(word: str) -> bool:
    """Whether the word surely is a verb with a third-person subject: is, can't, moved, loves."""
    return word in _PLURAL_OF or word in MODALS or word in AUXILIARIES or is_past(word) or _base(word) in BASE


def with_you(verb: str) -> str:
    """The form of a third-person verb after "you": is -> are, loves -> love, studies -> study; what has no other form stays."""
    if verb in _PLURAL_OF:
        return _PLURAL_OF[verb]
    if verb in MODALS or is_past(verb) or not verb.endswith("s") or verb.endswith("ss") or verb == "focus":
        return verb
    return _base(verb)


def coordinated(verb: str, following: str) -> bool:
    """Whether a word after "and" is one more verb ("... and uses Vim") rather than a noun ("... and books about war")."""
    base = _base(verb)
    if verb in _PLURAL_OF:
        return verb not in {"am", "was"}
    if not verb.endswith("s") or base == verb:
        return False
    noun_too = base in _NOUNS
    return (base in BASE or noun_too) and not (noun_too and following in _BEHIND_NOUNS)


def _base(verb: str) -> str:
    if verb in _PLURAL_OF:
        return _PLURAL_OF[verb]
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    if verb.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return verb[:-2]
    return verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb
