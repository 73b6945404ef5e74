"""Corrections: whether a new statement makes a stored one untrue."""

from workers.rules.claims import Claim, claims
from workers.rules.slots import AIMS, LANDS
from workers.rules.wordings import wording

_NEAR = 0.25
"""Statements of less cosine than this are about different things, whatever their slots."""
_SAME_DEED = 0.45
_CONTRASTS = frozenset(
    frozenset(pair.split("/"))
    for pair in (
        "dark/light hot/cold window/aisle tab/space morning/evening morning/night morning/afternoon email/phone city/countryside"
        " summer/winter short/long brief/detailed early/late sweet/savory red/white black/white left/right ios/android iphone/android"
        " mac/windows mac/linux windows/linux chrome/firefox vim/emacs jira/linear slack/teams gmail/outlook metric/imperial"
        " formal/informal formal/casual indoor/outdoor"
    ).split()
)
"""Of these one prefers or uses the one or the other."""


def corrects(new: str, stored: str, similarity: float) -> str | None:
    """How `new` corrects `stored`, as a phrase for people; None where both may be true.

    Compared are the claims of both: the same attribute of the same holder with another value, where there is one at a
    time; the same value with the opposite sign; a value that `new` says is left behind.
    """
    if similarity < _NEAR:
        return None
    for mine in claims(new):
        for theirs in claims(stored):
            if _same_holder(mine, theirs) and (why := _corrects(mine, theirs, new, stored, similarity)):
                return why
            if mine.key == _DIED and theirs.key == _HAS and mine.holder and mine.holder <= theirs.value:
                return "came to an end"
    return None


def same_claim(new: str, stored: str) -> bool:
    """Whether both say the same of the same by their slots, whatever their words: "hates mushrooms", "can't stand mushrooms"."""
    mine, theirs = claims(new), claims(stored)
    if not mine or not theirs or mine[0].slot == "do" or mine[0].value != theirs[0].value or not mine[0].value:
        return False
    a, b = mine[0], theirs[0]
    same = (a.holder, a.slot, a.key, a.positive, a.plan, a.old) == (b.holder, b.slot, b.key, b.positive, b.plan, b.old)
    return same and max(len(wording(new).content), len(wording(stored).content)) <= len(a.value) + 1 and a.slot in {"like", "diet"}


def _same_holder(mine: Claim, theirs: Claim) -> bool:
    return mine.holder == theirs.holder or (
        bool(mine.holder and theirs.holder) and (mine.holder <= theirs.holder or theirs.holder <= mine.holder)
    )


def _corrects(mine: Claim, theirs: Claim, new: str, stored: str, similarity: float) -> str | None:
    if theirs.plan and not mine.plan:
        return "came true" if mine.slot == theirs.slot and mine.change and _same(mine.value, theirs.value) else None
    if mine.plan != theirs.plan:
        return None
    if _came_true(mine, theirs):
        return "came true"
    if mine.slot in {"residence", "switch"} and theirs.positive and theirs.slot in _LEFT_BEHIND and _left(mine.old, theirs.value):
        return "replaces"
    if mine.slot == "switch" and not mine.old and theirs.slot == "do" and theirs.positive and _another(mine.value, theirs.value):
        return "replaces"
    if mine.slot == theirs.slot == "prefer" and _reversed(mine, theirs):
        return "takes back"
    if mine.slot != theirs.slot:
        return "takes back" if _ends(mine, theirs) else None
    if mine.positive != theirs.positive:
        return _flipped(mine, theirs, similarity)
    if mine.single and mine.positive:
        return _other_value(mine, theirs)
    return "replaces" if mine.slot == "do" and _recounted(mine, theirs, new, stored) else None


def _came_true(mine: Claim, theirs: Claim) -> bool:
    """ "Bought a house" after "wants to buy a house", "graduated from MIT" after "is studying at MIT"."""
    if mine.slot != "do" or theirs.slot != "do" or not (mine.positive and theirs.positive):
        return False
    if theirs.key == _WANTS and mine.key < theirs.value:
        return bool(mine.value) and theirs.value - mine.key <= mine.value
    if mine.key == _GRADUATED:
        return (theirs.key <= _STUDIES and _same(mine.value, theirs.value)) or (theirs.value >= _STUDENT and mine.value < theirs.value)
    return False


_WANTS, _HAS, _DIED = frozenset({"want"}), frozenset({"have"}), frozenset({"die"})
_GRADUATED, _STUDIES = frozenset({"graduate"}), frozenset({"study", "attend", "go"})
_STUDENT, _UNEMPLOYED = frozenset({"student"}), frozenset({"unemployed"})
_LEFT_BEHIND = frozenset({"residence", "employer", "do", "like", "prefer", "diet", "occupation", "switch"})


def _left(old: frozenset[str], known: frozenset[str]) -> bool:
    """Whether what is left behind is all of what is known, or all but a word."""
    return bool(old) and bool(known) and (known <= old or (old <= known and len(known) <= len(old) + 1))


def _another(new: frozenset[str], known: frozenset[str]) -> bool:
    """Another of a kind: React 18 and React 17, Android and iPhone."""
    ours, others = new - known, known - new
    if len(ours) != 1 or len(others) != 1:
        return False
    versions = bool(new & known) and all(word[0].isdigit() for word in ours | others)
    return versions or (ours | others) in _CONTRASTS


def _same(a: frozenset[str], b: frozenset[str]) -> bool:
    """The same value, perhaps in more detail: Lisbon and Lisbon, Portugal."""
    return bool(a) and bool(b) and (a <= b or b <= a)


def _other_value(mine: Claim, theirs: Claim) -> str | None:
    if not mine.value or not theirs.value or _same(mine.value, theirs.value):
        return None
    if mine.slot == "state":
        return "no longer so" if mine.key == theirs.key and (mine.change or theirs.single) else None
    if mine.slot == "attribute":
        apart = mine.key ^ theirs.key
        same_thing = not apart or (
            mine.change
            and (mine.key < theirs.key or theirs.key < mine.key)
            and len(apart) < 3
            and not apart & AIMS
            and not any(word.endswith("ofx") for word in apart)
        )
        return "new value of what was" if same_thing and _like_kind(mine.value, theirs.value) else None
    if mine.slot == "residence" and not mine.change and bool(mine.value & LANDS) != bool(theirs.value & LANDS):
        return None
    if mine.slot in {"status", "age", "diet", "residence", "dwelling", "called"} or mine.change or theirs.slot == "employer":
        return "replaces"
    return None


def _like_kind(a: frozenset[str], b: frozenset[str]) -> bool:
    """Number for number, words for words: "The meeting is at 3" does not correct "The meeting is in Rome"."""
    return any(word[0].isdigit() for word in a) == any(word[0].isdigit() for word in b)


def _flipped(mine: Claim, theirs: Claim, similarity: float) -> str | None:
    """The opposite sign on the same value: "no longer likes coffee", "is not vegan", "has no dog" after "has a dog".

    Hating tea takes back liking tea with milk; liking food does not take back hating spicy food.
    """
    if mine.slot == "do" and (similarity < _SAME_DEED or mine.key != theirs.key):
        return None
    narrower = mine.value <= theirs.value if mine.change or not mine.positive else mine.value == theirs.value
    wider = mine.change and theirs.value <= mine.value
    told = bool(mine.value) == bool(theirs.value)
    return "takes back" if told and (narrower or wider) else None


def _ends(mine: Claim, theirs: Claim) -> bool:
    """ "No longer works at Google" ends a job, a new job ends unemployment."""
    if mine.slot == "employer" and mine.positive and theirs.value == _UNEMPLOYED:
        return True
    if mine.slot == "do" and not mine.positive and mine.change and theirs.positive:
        return _same(mine.value, theirs.value) and (theirs.slot in {"employer", "residence"} and bool(mine.key & {"work", "live"}))
    return False


def _reversed(mine: Claim, theirs: Claim) -> bool:
    """ "Tea over coffee" against "coffee over tea"; dark mode against light mode."""
    if mine.old and theirs.old:
        return _same(mine.value, theirs.old) and _same(mine.old, theirs.value)
    if (mine.old and _same(mine.old, theirs.value)) or (theirs.old and _same(mine.value, theirs.old)):
        return True
    only_mine, only_theirs = mine.value - theirs.value, theirs.value - mine.value
    if len(only_mine) != 1 or len(only_theirs) != 1:
        return False
    contrast = (only_mine | only_theirs) in _CONTRASTS
    return contrast or (mine.change and len(mine.value) < 4 and bool(mine.value & theirs.value))


def _recounted(mine: Claim, theirs: Claim, new: str, stored: str) -> bool:
    """Another number in the same words: "has two kids", "has three kids"; what happened on two days is not recounted."""
    if mine.key != theirs.key or not (mine.key & _STATES or mine.change):
        return False
    a, b = wording(new), wording(stored)
    counts = len(a.numbers) == len(b.numbers) == 1 and a.numbers != b.numbers
    return counts and a.content == b.content and a.stance == b.stance


_STATES = frozenset({"have", "own", "weigh", "earn", "cost", "measure", "pay", "is", "has", "speak"})
