"""Slots: the patterns of what statements typically claim, each matched at the start of a predicate."""

import re

from workers.rules.wordings import basic

CHANGED = re.compile(
    r"\b(?:now|no longer|any ?more|instead|moved|changed|switched|updated|became|becomes?|turned|recently|as of"
    r"|since then|corrected|correction|actually|new|increased|decreased|dropped|improved|reduced|raised"
    r"|grew|grown|rose|risen|fell|fallen|extended|postponed|rescheduled|delayed|pushed|adjusted|reached"
    r"|exceed\w*|upgraded|renamed|replaced|went (?:up|down))\b",
    re.IGNORECASE,
)
HEADS = frozenset(
    basic(word)
    for word in (
        "name age birthday birthdate email address number phone password pin username "
        "salary income weight height timezone hometown "
        "nationality deadline budget date status limit price cost rate score balance version coverage quota time "
        "size count capacity rent speed grade percentage latency accuracy location color"
    ).split()
)
"""Attributes of which there is one at a time: another value replaces the old one."""
BELONGING = frozenset("employer company boss manager occupation status".split())
"""The same, of what belongs to somebody: "the user's boss is Ann", not "the company is growing"."""
EVENTS = frozenset(
    basic(word)
    for word in (
        "appointment meeting review launch release flight interview exam wedding session defense workshop kickoff "
        "reservation party presentation trip surgery"
    ).split()
)
"""What has one date at a time: another date replaces the old one."""
DATED = re.compile(
    r"\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:january|february|march|april|may|june|july|august"
    r"|september|october|november|december|noon|midnight)\b",
    re.IGNORECASE,
)
AIMS = frozenset(
    "target goal desire expect minimum maximum plan ideal max min previous initial original first second third last next".split()
)
"""Words that make another attribute of one: the target salary is not the salary."""
LET_GO = re.compile(r"(?:has |have )?(?:just |recently |finally )*(?:got rid of|sold|no longer|gave up|cancell?ed|quit)\b", re.IGNORECASE)
LIVES = re.compile(
    r"(?:lives?|reside[sd]?|is (?:living|based|located|staying)|are living|has (?:lived|been living)) (?:\w+ly |alone |together |now )?"
    r"(?:in|at(?= \d)) (?P<v>.+)",
    re.IGNORECASE,
)
DWELLINGS = frozenset(
    basic(word) for word in "apartment house flat condo dorm studio basement trailer mansion cabin farm farmhouse loft cottage".split()
)
"""One may live in one of these and in a town."""
LANDS = frozenset(
    basic(word)
    for word in (
        "usa us america states uk england scotland wales ireland britain france germany spain portugal italy "
        "netherlands belgium switzerland austria"
        " poland sweden norway denmark finland iceland greece turkey russia ukraine romania hungary czechia china "
        "japan korea india pakistan"
        " bangladesh indonesia thailand vietnam philippines malaysia singapore australia zealand canada mexico "
        "brazil argentina chile colombia peru"
        " egypt nigeria kenya ghana morocco africa asia europe israel iran iraq california texas florida washington "
        "oregon ohio michigan illinois"
        " virginia carolina georgia colorado arizona nevada utah massachusetts pennsylvania jersey ontario quebec bavaria scandinavia"
    ).split()
)
"""Countries, states and the like: living there does not take back the town."""
NOMINAL = re.compile(r"(?:now )?(?:(?:the )?[A-Z]|an? [a-z])")
MOVED = re.compile(
    r"(?:has |have |had )?(?:just |recently |finally )?(?:moved|relocated)(?: away| back| houses?)?(?: (?:out of"
    r"|from) (?P<old>.+?))?(?: (?:back )?(?:to|into) (?P<v>.+))?$|(?:has "
    r"|have )?left (?P<left>(?-i:[A-Z]).+?) for (?P<v2>(?-i:[A-Z]).+)",
    re.IGNORECASE,
)
MOVING = re.compile(
    r"(?:is|are|will be) (?:moving|relocating)(?: from .+?)? to (?P<v>.+)|(?:plans?|wants?|is going|hopes?"
    r"|intends?|is planning|is hoping) to (?:move|relocate)(?: from .+?)? to (?P<v2>.+)|will move to (?P<v3>.+)",
    re.IGNORECASE,
)
EMPLOYED = re.compile(
    r"(?:works?|is working|is employed|has been working) (?:\w+ly |full-time |part-time |remotely )?(?:at|for|by"
    r"|as an? [\w -]{2,40}? (?:at|for)) (?P<v>(?:the )?(?-i:[A-Z]).+)"
    r"|(?:has |have )?(?:just |recently )?(?:joined|started (?:working |a new job |a job |work )?(?:at|with|for)"
    r"|(?:got|accepted|landed|took|found) (?:a |the )?(?:new )?(?:job|position|role|offer) (?:at|with|from)"
    r"|switched jobs to|changed jobs to|is now (?:at|with)) (?P<v2>(?-i:[A-Z]).+)",
    re.IGNORECASE,
)
HIRED = re.compile(
    r"(?:was|got|has been|is) (?:just |recently )?(?:hired|employed|recruited) (?:by|at) (?P<v>(?-i:[A-Z]).+)", re.IGNORECASE
)
LEFT_JOB = re.compile(
    r"(?:has |have )?(?:just |recently )?(?:quit|left|resigned from|lost|was (?:fired|laid off) from|got (?:fired|laid off) from)"
    r" (?:(?:their|his|her|the|a) )?(?:\w+ )?(?:job|position|role)?(?: ?(?:at|with) )?(?P<v>(?-i:[A-Z]).+)",
    re.IGNORECASE,
)
CHANGED_THEIR = re.compile(
    r"(?:has |have |had )?(?:just |recently )?(?:changed|updated|moved|rescheduled|switched|postponed|extended"
    r"|increased|decreased|reduced|raised|lowered|adjusted|set|cut)"
    r" (?:their|his|her|the) (?P<thing>(?:[\w'-]+ ){0,4}?[\w'-]+)(?: from (?P<old>.+?))? to (?P<v>.+)",
    re.IGNORECASE,
)
OCCUPATION = re.compile(
    r"(?:works?|is working|has been working) as (?:an? |the )?(?P<v>.+)|(?:(?:is now|became|has become) an? "
    r"|(?:got |was |has been )?promoted to (?:an? |the )?)(?P<v2>[a-z].+)",
    re.IGNORECASE,
)
AGED = re.compile(
    r"(?:is|turned|has turned|just turned|recently turned|turns) (?:now )?(?P<v>\d{1,3})(?: (?:years? old|today"
    r"|on .{3,30}|last .{3,12}|in .{3,20}))?$|(?:is|are) (?P<v2>\d{1,3})[ -]years?[ -]old\b",
    re.IGNORECASE,
)
STATUS = re.compile(
    r"(?:is|are|has|have|was|got|has gotten|recently got|just got) (?:now |currently |recently |happily |newly "
    r"|been |gotten |no longer )?(?P<v>single|married|engaged|divorced|separated|widowed|dating"
    r"|in a relationship)\b|(?P<v2>broke up|split up)\b|(?:has|have) (?P<v3>broken up)\b",
    re.IGNORECASE,
)
DIET = re.compile(
    r"(?:is|has been|became|has become|went|turned|is now|was|has gone|is no longer|isn't|stopped being) (?:now "
    r"|a |an |strictly |strict |mostly |no longer |not )*(?P<v>vegan|vegetarian|pescatarian|carnivore|omnivore"
    r"|flexitarian|keto)\b|(?P<v2>(?:eats|(?:started|began|resumed) (?:eating|to eat)) meat)\b",
    re.IGNORECASE,
)
LIKES = re.compile(
    r"(?:like[sd]?|love[sd]?|enjoy(?:s|ed)?|adore[sd]?|fanc(?:y|ies)|is (?:a )?(?:very |really |so |quite |big "
    r"|huge |massive )*(?:fond of|fan of|into|keen on|passionate about|crazy about|obsessed with|addicted to)"
    r"|favou?rs?) (?P<v>.+)",
    re.IGNORECASE,
)
LIKE_VERBS = r"(?:like|love|enjoy|care for|want|stand)"
DISLIKES = re.compile(
    r"(?:hate[sd]?|dislike[sd]?|detests?|despises?|loathes?|can't stand|cannot stand|(?:doesn't|does not|didn't"
    rf"|don't|do not|no longer|never) (?:really |even |particularly )?(?:{LIKE_VERBS}|likes|loves|enjoys|liked"
    r"|loved)|is(?:n't| not| no longer) (?:a )?(?:big |huge )?(?:fan of|fond of|into|keen on|interested in)"
    r"|stopped (?:liking|loving|enjoying)|is (?:tired|sick) of|got tired of|has had enough of"
    r"|fell out of love with|used to (?:like|love|enjoy|adore)) (?P<v>.+)",
    re.IGNORECASE,
)
PREFERS = re.compile(
    r"(?:strongly |now |generally |usually |always )*(?:prefers?|preferred|would rather have|favou?rs) (?!to )"
    r"(?P<v>.+?)(?: (?:over|rather than|instead of|more than) (?P<old>.{2,60}?)"
    r"| (?<!due )to (?P<old2>[\w-]+(?: [\w-]+)?))?$",
    re.IGNORECASE,
)
SWITCHED = re.compile(
    r"(?:has |have |had |is |are |was |were |has been |have been )?(?:just |recently |now "
    r"|finally )*(?:switch(?:ed|es|ing)|changed|migrat(?:ed"
    r"|ing)|transitioned|went|converted|upgraded|moved|downgraded)"
    r"(?: (?P<what>\w+(?: \w+)?))? from (?P<old>.+?) to (?P<v>.+)"
    r"|(?:has |have )?(?:replaced|swapped|traded|exchanged) (?P<old2>.+?) (?:with|for|by) (?P<v2>.+)|(?:has |have |was |were )?"
    r"(?:been )?(?:switched|changed|moved|migrated|upgraded|converted) (?:over )?to (?P<v3>.+?)(?: instead of (?P<old3>.+))?$",
    re.IGNORECASE,
)
ENDED = re.compile(
    r"(?:has |have |had )?(?:just |recently |finally )*(?:stopped|quit|gave up|given up|got rid of|sold"
    r"|cancelled|canceled|no longer|doesn't|does not|don't|isn't|is not|is no longer|hasn't|has not|never"
    r"|has never|have never|didn't|resigned from)\b(?: (?:currently|ever|really|actually|usually|even"
    r"|also))?(?: (?P<v>.+))?",
    re.IGNORECASE,
)
BECAME = re.compile(
    r"(?:(?:is|are|was|were|stands|runs|sits) (?:now |currently |still |set |scheduled |due |planned |at |to "
    r"|for |on |around |about |approximately |roughly |averaging |actually |by )*"
    r"|(?:has |have )?(?:also |recently |now |just |since )*(?:been |was |were |got )?(?:moved|changed|extended"
    r"|rescheduled|postponed|pushed|delayed|brought forward|shifted|adjusted|updated|set|increased|decreased"
    r"|dropped|improved|reduced|raised|lowered|grew|grown|risen|rose|fell|fallen|went (?:up|down)|gone (?:up"
    r"|down)|reached|climbed|cut|expanded|doubled|shrunk|jumped|hit|stayed|exceeded|rebooked)"
    r"(?: (?:up|down|back|out|forward|marginally|slightly|further))?(?: from (?P<old>.+?))? (?:to|at|until|till|by|on|for)? ?)(?P<v>.+)",
    re.IGNORECASE,
)
MEASURE = re.compile(
    r"(?P<np>(?:[\w'/-]+ ){1,5}?[\w'/-]+),? (?:which |that )?(?:has |have |is |are |was |were )?(?:now "
    r"|recently |currently |just |also )*(?:improved|increased|decreased|dropped|reduced|grew|grown|reached"
    r"|risen|rose|fallen|fell|raised|lowered|extended)(?: (?:marginally|slightly"
    r"|now))?(?: from (?P<old>[^ ]+))?(?: (?:to|at|around|about|up to|down to))* (?P<v>[$€£]?\d[\d,.]*(?: ?%"
    r"| ?[a-zA-Z]+)?)"
)


LEADING = re.compile(
    r"^(?:.*\b(?:the|their|my|our|his|her|to|of|a|an|optimi[sz]e|improve|increase|reduce|with|for|and|that|has"
    r"|have|is)\b )",
    re.IGNORECASE,
)


HEAD = re.compile(r"^(.+?)(?: (?:of|for|with|in|on|at|between|from|about|to)\b|$)")


SLOTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("employer", EMPLOYED),
    ("employer", HIRED),
    ("residence", LIVES),
    ("age", AGED),
    ("diet", DIET),
    ("status", STATUS),
    ("occupation", OCCUPATION),
)
