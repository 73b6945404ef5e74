"""Presupposed: personal facts that a question or a request only mentions: "As a vegan, what should I cook?"."""

import re
from collections.abc import Iterator

KIN = (
    r"(?:wife|husband|girlfriend|boyfriend|partner|fianc[eé]e?|spouse|son|daughter|kid|kids|children|child|baby"
    r"|twins|sister|brother|sibling|siblings|mother|father|mom|mum|dad|mommy|daddy|parents"
    r"|grandmother|grandfather|grandma|grandpa|grandparents|grandson|granddaughter|grandchildren|aunt|uncle"
    r"|cousin|cousins|niece|nephew|stepson|stepdaughter|stepmother|stepfather|stepmom|stepdad"
    r"|mother-in-law|father-in-law|sister-in-law|brother-in-law|in-laws|ex-wife|ex-husband|ex|ex-boyfriend"
    r"|ex-girlfriend|godmother|godfather|family|sisters|brothers|sons|daughters)"
)
PET = (
    r"(?:dogs?|cats?|puppy|puppies|pup|kittens?|kitty|parrots?|hamsters?|rabbits?|horses?|turtles?|guinea pigs?"
    r"|ferrets?|birds?|goldfish|tortoises?|snakes?|iguanas?|pets?)"
)
SOCIAL = (
    r"(?:friends?|best friends?|boss|manager|colleagues?|coworkers?|co-workers?|roommates?|flatmates?"
    r"|neighbou?rs?|mentor|teacher|professor|supervisor|landlord|doctor|therapist|coach|advisor|teammates?"
    r"|assistant|business partner|co-founder|cofounder|client)"
)
_CLOSE = (
    r"(?:wife|husband|girlfriend|boyfriend|fianc[eé]e?|sons?|daughters?|kids|children|twins|dogs?|cats?|puppy"
    r"|kitten|parrot|hamster|rabbit|horse|grandchildren|grandson|granddaughter)"
)

_AS_A = re.compile(
    r"(?:^|[,.;]\s+)as an? (?!result|whole|rule|reminder|side|follow|quick|first|test|matter|joke|gift|present"
    r"|starting|last|next|bonus|reference|heads|general|example|(?:\w+ )?(?:option|alternative|way|example"
    r"|possibility))"
    r"(?P<what>[\w' -]{2,70}?)(?:,|$|(?=\s+(?:what|how|which|where|can|could|should|do|I)\b))",
    re.IGNORECASE,
)
_BECAUSE = re.compile(
    r"\b(?:since|because|cause|cuz|as|given(?: that)?|considering(?: that)?|seeing (?:that|as)|now that"
    r"|knowing(?: that)?)\s+(?P<fact>(?:I (?:am|have|don't|do not|can't|live|work|love|like|hate|prefer|use|own"
    r"|study|eat|drink|moved|just|never|only|also|already|need)\b"
    r"|(?:my|our) \w+(?: \w+){0,3}? (?:is|are|has|have|was|lives|works|loves|likes|hates)\b)(?:[^,;?!]|,(?=\d)){2,240})",
    re.IGNORECASE,
)
_CONSIDERING = re.compile(
    r"\b(?:given(?: that)?|considering(?: that)?|seeing (?:that|as)|now that)\s+(?P<fact>I (?:\w+ly |also "
    r"|just )?(?:\w{2,}ed|got|went|made|bought|took|met|spent|found|lost|won|left|was|had)\b(?:[^,;?!]|,(?=\d)){2,240})",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"\b[Mm]y (?:\w+ )?(?P<who>{KIN}|{PET}|{SOCIAL}),? (?:named |called )?(?P<name>[A-Z][a-z]+(?:-[A-Z][a-z]+)?)\b(?!')")
_NAMED_OF = re.compile(rf"\b[Mm]y (?P<who>{KIN}|{PET}|{SOCIAL}),? (?:named |called )?(?P<name>[A-Z][a-z]+)(?='s\b)")
_AGED = re.compile(
    rf"\b[Mm]y (?P<age>\d{{1,2}}|one|two|three|four|five|six|seven|eight|nine|ten)[- ](?P<unit>year|month)s?[- ]old (?P<who>{KIN}|{PET})\b"
)
_WHO = re.compile(
    rf"\b(?P<whom>[Mm]y (?:\w+ )?(?:{KIN}|{PET}|{SOCIAL})(?: [A-Z][a-z]+)?),? who(?:'s| is)? (?P<does>(?:loves"
    r"|likes|hates|enjoys|lives|works|is|was|has|plays|prefers|wants|turns"
    r"|just|\d|an?\b|allergic|obsessed|into)\b[^,;?!]{0,160})"
)
_BARE = re.compile(rf"\b[Mm]y (?P<who>{_CLOSE})\b(?! [A-Z]|-)")
_AILMENT = re.compile(
    r"\b[Mm]y (?P<what>(?:[\w-]+ ){0,2}(?:allergy|allergies|diabetes|asthma|adhd|arthritis|migraines?|insomnia"
    r"|depression|anxiety|celiac disease|lactose intolerance|gluten intolerance|eczema|hypertension"
    r"|high blood pressure|dyslexia|autism))\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"(?:kids|children|twins|\w{3,}[^s]s)$")


def presupposed(clause: str) -> Iterator[str]:
    """First-person sentences for what the clause takes as given about its speaker; nothing where it supposes ("if I were")."""
    if (role := _AS_A.search(clause)) and not role["what"].lower().startswith(("i ", "you ", "we ")):
        yield f"I am {_article(role['what'])} {role['what'].strip()}"
    for reason in (*_BECAUSE.finditer(clause), *_CONSIDERING.finditer(clause)):
        yield reason["fact"].strip()
    if "my " in clause.lower():
        yield from _of_mine(clause)


def _of_mine(clause: str) -> Iterator[str]:
    """What its speaker has or is, by "my"."""
    for match in _WHO.finditer(clause):
        verb = "" if clause[match.end("whom") : match.start("does")].strip(" ,") == "who" else "is "
        yield f"{match['whom']} {verb}{match['does']}"
    named = set()
    for match in (*_NAMED.finditer(clause), *_NAMED_OF.finditer(clause)):
        named.add(match["who"].lower())
        yield f"my {match['who']} is named {match['name']}"
    for match in _AGED.finditer(clause):
        named.add(match["who"].lower())
        yield f"I have {_article(match['age'])} {match['age']}-{match['unit']}-old {match['who']}"
    for match in _AILMENT.finditer(clause):
        what = match["what"]
        countable = what.split()[-1].lower() in {"allergy", "migraine", "intolerance"}
        yield f"I have {_article(what)} {what}" if countable else f"I have {what}"
    for match in _BARE.finditer(clause):
        if (who := match["who"].lower()) not in named:
            named.add(who)
            yield f"I have {who if _PLURAL.search(who) else f'{_article(who)} {who}'}"


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" or word.startswith(("8", "11", "18")) else "a"
