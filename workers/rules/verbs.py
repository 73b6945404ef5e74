"""Verbs: enough English morphology to put a first-person sentence into the third person."""

_COMMON = """
accept ache achieve add admire adopt adore advise agree aim allow apply appreciate argue arrange arrive ask aspire attend avoid bake
bark become beg begin believe belong bike bite blame blog boil book borrow bounce break bring brew browse build burn buy call camp cancel
care carry catch celebrate change chase check choose clean climb close coach code collect come commit commute complain complete
compose confirm consider consume contact continue contribute cook cost count cover craft create crochet cry cut cycle dance date deal
debug decide decline defend delay deliver depend deploy design despise detest develop die disagree discover discuss dislike divorce do
donate draw dread dream dress drink drive drop earn eat edit embrace employ encourage end enjoy enroll enter escape exercise expect
experience explain explore expect express fail fall fast favor fear feed feel fight fill find finish fish fit fix fly focus follow forget
forgive freelance garden gain get give go graduate grow guess guide handle hang happen hate have head hear help hike hire hit hold hope
host hunt hurt identify imagine improve increase inherit inspire intend interview introduce invest invite jog join journal juggle keep
kick knit know lack land last launch laugh lead learn leave lend like listen live load loathe look lose love maintain make manage marry
matter mean measure meditate meet mention mentor miss move name need negotiate nurse offer open operate order organize overcome owe own
paint park participate pass pay perform persist photograph pick plan plant play practice pray prefer prepare present prioritize produce
program promise propose provide publish pull purchase push put quit race raise reach read realize receive recommend record recover
reduce register regret relate relax relocate rely remember rent repair reply report represent require research resent resign respect
reside rest retire return review rewrite ride row run sail save say schedule score search secure see seem sell send serve set settle sew
share ship shoot shop show sign sing sit ski skip sleep smell smoke snowboard specialize speak spend stand start stay stick stop
store stream stretch struggle study submit suffer suggest supervise support suppose surf swear swim switch take talk teach tell tend
test thank think thrive throw train transfer translate travel treat trust try turn type understand update upgrade use value view visit
volunteer wait wake walk want wash watch wear weigh win wish wonder work worry write yearn adapt adjust balance celebrate collaborate
draft dye repaint extend film finalize implement integrate invent map migrate optimize rebuild record refine reschedule stress track tweak
attempt
"""
_IRREGULAR = """
be was|were been; become became become; begin began begun; bet bet bet; bite bit bitten; blow blew blown; break broke broken; bring brought
brought; build built built; burn burnt burnt; buy bought bought; catch caught caught; choose chose chosen; come came come; cost cost cost;
cut cut cut; deal dealt dealt; do did done; draw drew drawn; dream dreamt dreamt; drink drank drunk; drive drove driven; eat ate eaten;
fall fell fallen; feed fed fed; feel felt felt; fight fought fought; find found found; fly flew flown; forget forgot forgotten; forgive
forgave forgiven; freeze froze frozen; get got gotten; give gave given; go went gone; grow grew grown; hang hung hung; have had had; hear
heard heard; hide hid hidden; hit hit hit; hold held held; hurt hurt hurt; keep kept kept; know knew known; lead led led; learn learnt
learnt; leave left left; lend lent lent; let let let; lie lay lain; lose lost lost; make made made; mean meant meant; meet met met;
overcome overcame overcome; pay paid paid; put put put; quit quit quit; read read read; rebuild rebuilt rebuilt; ride rode ridden; rise
rose risen; run ran run; say said said; see saw seen; sell sold sold; send sent sent; set set set; shake shook shaken; shoot shot shot;
show showed shown; shut shut shut; sing sang sung; sit sat sat; sleep slept slept; speak spoke spoken; spend spent spent; spread spread
spread; stand stood stood; steal stole stolen; stick stuck stuck; swear swore sworn; swim swam swum; take took taken; teach taught taught;
tear tore torn; tell told told; think thought thought; throw threw thrown; understand understood understood; wake woke woken; wear wore
worn; win won won; write wrote written; rewrite rewrote rewritten; withdraw withdrew withdrawn; undergo underwent undergone
"""
_DOUBLING = frozenset("plan stop shop chat hug jog knit log program run cut drop ship skip swim get set sit prefer commit admit refer "
                      "quit tap trip beg map grin pin plug rub slip spot step trim wrap transfer submit regret".split())  # fmt: skip
_NOT_PAST = frozenset("need feed seed weed breed bleed speed heed proceed succeed exceed embed wed shed".split())
_NOT_ADVERB = frozenset("apply reply rely supply multiply comply imply rally bully fly ally tally family early only july".split())

_irregular = [entry.split() for entry in _IRREGULAR.replace("\n", " ").split(";")]
BASE: frozenset[str] = frozenset(_COMMON.split()) | {entry[0] for entry in _irregular} - {"be"}
_PAST_OF = {entry[0]: entry[1] for entry in _irregular}
MODALS = frozenset("can could will would shall should may might must cannot can't couldn't won't wouldn't shouldn't mustn't".split())
ADVERBS = frozenset(
    "also always almost often never ever still just now then too really quite rather very even already sometimes usually soon once twice "
    "currently actually mostly mainly kinda sorta both only early generally typically basically literally totally recently "
    "lately today maybe perhaps probably honestly simply kind sort of sure not no longer at least".split()
)
UNCHANGED = frozenset({"read", "put", "cut", "hit", "set", "let", "quit", "hurt", "cost", "shut", "spread", "bet"})
"""Their past looks like their present: only a word about the past tells."""


def singular(verb: str) -> str:
    """The third person singular of a base form: love -> loves, go -> goes, study -> studies."""
    special = {"be": "is", "have": "has", "do": "does", "am": "is", "are": "is", "were": "was", "don't": "doesn't", "haven't": "hasn't"}
    if verb in special:
        return special[verb]
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def gerund(verb: str) -> str:
    """The -ing form of a base form: make -> making, run -> running."""
    if verb in _DOUBLING or verb in {"swim", "win", "begin", "forget", "let", "put", "hit", "bet"}:
        return verb + verb[-1] + "ing"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    return (verb[:-1] if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb != "be" else verb) + "ing"


def _regular_past(verb: str) -> str:
    if verb in _DOUBLING:
        return verb + verb[-1] + "ed"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + ("d" if verb.endswith("e") else "ed")


SINGULAR: dict[str, str] = {singular(verb): verb for verb in BASE}
"""Third person singular -> base form."""
GERUND: dict[str, str] = {gerund(verb): verb for verb in BASE}
PAST: dict[str, str] = {past: verb for verb in BASE for past in _PAST_OF.get(verb, _regular_past(verb)).split("|")}
"""Simple past -> base form; not those that look like their present."""
for _verb in UNCHANGED:
    PAST.pop(_verb, None)
PAST.update({_regular_past(verb): verb for verb in ("learn", "dream", "burn")})
PARTICIPLE: dict[str, str] = {entry[2]: entry[0] for entry in _irregular if entry[2] != "read"}
PARTICIPLE.update({past: verb for past, verb in PAST.items() if past.endswith("ed")})
PARTICIPLE.update({"born": "bear", "raised": "raise", "been": "be"})
COPULAS = frozenset("is are was were am isn't aren't wasn't weren't".split())
FINITE = frozenset({*SINGULAR, *PAST, *MODALS, *COPULAS, "does", "doesn't", "didn't", "has", "hasn't", "had", "have", "did", "do", "don't"})
"""Words that mark a finite clause when they follow its subject."""


def is_past(word: str) -> bool:
    """Whether the word is a simple past, known or regular."""
    return word in PAST or (len(word) > 4 and word.endswith("ed") and word not in _NOT_PAST)


def is_adverb(word: str) -> bool:
    """Whether the word may stand between a subject and its verb."""
    return word in ADVERBS or (len(word) > 4 and word.endswith("ly") and word not in _NOT_ADVERB)


def agree(verb: str, *, past: bool = False) -> str:
    """The form of a first-person verb after a singular third-person subject; pasts and modals stay as they are.

    `past` says that the sentence speaks of the past, which decides "I read".
    """
    if verb in {"am", "have", "do", "are", "were", "don't", "haven't", "be"}:
        return singular(verb)
    if verb in MODALS or is_past(verb) or verb in SINGULAR or verb in {"had", "hadn't", "was", "wasn't", "didn't", "ain't", "is"}:
        return verb
    return verb if past and verb in UNCHANGED else singular(verb)
