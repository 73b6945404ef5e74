"""Introductions: short forms in which people present themselves: "I'm Sam", "call me Sam", "Location: Paris"."""

import re

_NOT_A_NAME = frozenset(
    "american british german french italian spanish portuguese dutch indian chinese japanese korean brazilian "
    "mexican canadian australian irish scottish welsh english swedish norwegian "
    "danish finnish polish russian ukrainian turkish greek swiss austrian belgian nigerian kenyan egyptian "
    "israeli iranian iraqi pakistani thai vietnamese filipino filipina indonesian argentinian "
    "chilean colombian peruvian cuban european african asian jewish christian muslim catholic hindu buddhist "
    "protestant mormon sikh vegan vegetarian dominican latino latina hispanic arab "
    "hungarian czech romanian bulgarian serbian croatian moroccan ethiopian ghanaian jamaican venezuelan texan "
    "californian black white autistic bipolar diabetic deaf blind "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december "
    "not so very the a an in on at from also too just going working looking trying using really happy here".split()
)
_CALLED = re.compile(
    r"(?:please |just |you can |(?:almost )?everyone |everybody |(?:most )?people |friends |my friends "
    r"|from now on,? )*(?:call|calls) me (?P<name>[\w][\w .'-]{0,40})$",
    re.IGNORECASE,
)
_REACHED = re.compile(r"you can (?P<how>reach|contact|email|call|text|find) me (?P<where>(?:at|on|by|via|under) .{3,200})$", re.IGNORECASE)
_PAST = {"reach": "reached", "contact": "contacted", "email": "emailed", "call": "called", "text": "texted", "find": "found"}
_I_AM = re.compile(
    r"(?:I am|[Tt]his is|[Mm]y name is|[Mm]y name's) (?P<name>[A-Z][\w'-]{1,20}(?: [A-Z][\w'-]{1,20}){0,2})"
    r"(?P<rest>,? (?:and|from|a|an|the)\b.*|,.*)?$"
)
_LABEL = re.compile(
    r"(?:my )?(?P<key>(?:full |first |last |nick)?name|age|location|city|hometown|job|job title|occupation"
    r"|profession|role|employer|company|email|phone(?: number)?|birthday|date of birth|hobby|hobbies|allerg(?:y"
    r"|ies)|diet"
    r"|favou?rite [\w ]{2,30}|pronouns|nationality|languages?|timezone|time zone|native language|marital status"
    r"|pets?|interests|skills|goals?|address|height|weight|industry|education"
    r"|degree)\s*[:=]\s*(?P<value>\S.{0,300})$",
    re.IGNORECASE,
)
_PLURAL_KEYS = frozenset({"hobbies", "allergies", "pronouns", "languages", "pets", "interests", "skills", "goals"})


def introduced(sentence: str) -> list[str] | None:
    """The sentence as plain first-person ones: "I am Sam, a nurse" -> "my name is Sam", "I am a nurse"; None if it is no introduction."""
    if match := _CALLED.match(sentence):
        return [f"I want to be called {match['name']}"]
    if match := _REACHED.match(sentence):
        return [f"I can be {_PAST[match['how'].lower()]} {match['where']}"]
    if match := _LABEL.match(sentence):
        key = match["key"].lower()
        if key in {"location", "city"}:
            return [f"I live in {match['value']}"]
        return [f"my {key} {'are' if key in _PLURAL_KEYS else 'is'} {match['value']}"]
    if (match := _I_AM.match(sentence)) and match["name"].split()[0].lower() not in _NOT_A_NAME:
        return [f"my name is {match['name']}", *_rest(match["rest"] or "")]
    return None


def _rest(rest: str) -> list[str]:
    """What follows the name: ", a nurse from Leeds", " from Leeds", ", 42, a nurse", " and I live in Leeds"."""
    rest = rest.strip(" ,")
    if not rest or re.match(
        r"(?:and )?(?:can|could|what|how|do|is|are|nice|please|thanks|calling|writing|speaking)\b", rest, re.IGNORECASE
    ):
        return []
    rest = re.sub(r"^and\s+", "", rest)
    if age := re.match(r"(\d{1,2}),?\s+", rest):
        return [f"I am {age[1]} years old", *_rest(rest[age.end() :])]
    return [rest if re.match(r"(?:I|my|we|our)\b", rest) else f"I am {rest}"]
