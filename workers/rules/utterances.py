"""Utterances: what somebody does by saying a clause: tell, ask, request, greet, thank, suppose, chat."""

import re

_AUXILIARY = r"(?:can|could|would|will|won't|do|does|did|don't|is|are|am|was|were|isn't|aren't|should|shall|may|might|have|has|had|must)"
_SUBJECT = r"(?:I|you|we|they|he|she|it|there|this|that|these|those|the|my|your|our|his|her|their|any|anyone|someone|everyone|people|a|an)"
_QUESTION = re.compile(
    rf"(?:{_AUXILIARY}\s+{_SUBJECT}\b|(?:what|how|why|where|when|who|whom|which|whose)(?:'s|'re"
    rf"|'d)?\s+(?:the (?:best|difference)|{_AUXILIARY}\b|to\b|about\b|else\b"
    rf"|come\b|(?:\w+\s+){{1,4}}?{_AUXILIARY}\s+{_SUBJECT}\b)|(?:what|which|how many|how much)\s+(?!I\b|we\b|my\b)"
    rf"(?:[\w-]+\s+){{1,5}}?{_AUXILIARY}\s+(?:be|have|work|help|make|fit|\w+ you)\b|(?:what|who|how|where|when"
    r"|why)'s\b|any (?:ideas?"
    r"|suggestions?|tips?|advice|thoughts|recommendations?|chance)\b"
    r"|what if\b|how about\b|(?:is|are|was) there\b|has anyone\b|anyone know|wdyt\b|thoughts$|right$|what$|why$|how$)",
    re.IGNORECASE,
)
_WH_ALONE = re.compile(r"(?:what|how|why|where|who|which|whose|when)\b", re.IGNORECASE)
_TAG = re.compile(r",\s*(?:right|okay|ok|you know|yeah|no|eh|huh|isn't it|don't (?:you|i)|remember|correct)$", re.IGNORECASE)
_TOLD = re.compile(
    r"^(?:did you know(?: that)?|did i (?:mention|tell you|say)(?: that)?|have i (?:mentioned|told you)"
    r"(?: that)?|you (?:should |must |need to |might want to )?know(?: that)?|guess what)[,:]?\s+(?=(?:i|we|my|our)\b)",
    re.IGNORECASE,
)

_IMPERATIVE = (
    r"(?:write|make|give|tell|show|explain|summari[sz]e|translate|list|create|help|find|suggest|recommend"
    r"|generate|fix|check|compare|describe|draft"
    r"|rewrite|convert|calculate|compute|add|remove|delete|update|change|modify|implement|use|let's|let|try"
    r"|provide|analy[sz]e|review|edit|improve|refactor|optimi[sz]e|format"
    r"|proofread|continue|stop|go|come|look|search|google|open|run|print|send|call|order|book|buy|play|set|turn"
    r"|pick|choose|imagine|pretend|act|answer|ask|repeat"
    r"|simplify|expand|shorten|rephrase|paraphrase|outline|brainstorm|design|build|code|solve|prove|define"
    r"|discuss|elaborate|tweak|include|avoid|keep|don't|do not|do"
    r"|put|read|see|ignore|forget|feel free|please|pls|kindly|walk|guide|teach|propose|plan|schedule|remind"
    r"|return|output|identify|evaluate|rate|rank|organi[sz]e"
    r"|sort|select|replace|start|begin|finish|complete|fill|extract|classify|predict|estimate|debug|test|deploy"
    r"|install|say|be|give|get|take|bring|tell|move|focus|consider|remember|note)"
)
_REQUEST = re.compile(rf"{_IMPERATIVE}\b(?!\s+(?:is|are|was|were|has|have|can|will|means?)\b|,|-)", re.IGNORECASE)
_TAIL_REQUEST = re.compile(
    r"(?:please|pls|kindly|let me know|let's|help me|tell me|give me|show me|explain|suggest|recommend|write"
    r"|walk me|guide me|teach me|find me|make (?:me|it|sure)|remind me"
    r"|could you|can you|would you|will you|feel free|don't (?:suggest|recommend|include|use)|keep (?:it|that"
    r"|this)|be (?:brief|concise))\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"I (?:really |just |also |actually )?(?:(?:want|need|would like|would love|expect|wanted|was hoping"
    r"|am hoping|would prefer|would appreciate) (?:for )?(?:you\b(?! (?:to )?(?:always|never|not|stop|avoid|call)\b)|your\b|it if you)"
    r"|(?:want|need|would like|would love|could use|am looking for|am seeking|am after|am asking for"
    r"|was hoping for|want to get|want to hear|would like to get|would like to hear) "
    r"(?:\w+ ){0,3}?(?:help|advice|assistance|suggestions?|recommendations?|tips|ideas|guidance|information|info"
    r"|feedback|insights?|ways? to|poem|story|joke|summary|list of|recipes?|code"
    r"|script|essay|email|letter|function|translation|explanation|examples?|answers?|clarification)\b(?! at my)"
    r"|(?:want|need|would like|wanted|would love) to (?:know|ask|hear|understand (?:how|what|why|if|whether|the)"
    r"|see (?:how|what|if)|make sure|ensure|discuss|find out|figure out)\b"
    r"|would appreciate\b|appreciate any\b|have (?:got )?(?:a |another |one more |some |two |a few "
    r"|a quick )?(?:quick )?(?:questions?|request)\b)",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"I (?:am |was |have been )?(?:just |also |kind of |really |still )?(?:wondering|wonder|curious|asking"
    r"|unsure|not sure|not certain|uncertain|confused|not clear)\b|I (?:don't|do not|can't|cannot) (?:really "
    r"|quite |even )?"
    r"(?:know|understand|figure out|tell|remember|see) (?:how|what|why|if|whether|where|which|who|when|that|it"
    r"|this)\b|I (?:don't|do not) (?:know|understand|get it)$|not sure\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|night|day)|welcome(?: back)?"
    r"|bye|goodbye|see you|see ya|later|cheers|take care"
    r"|have a (?:good|great|nice|lovely|wonderful) \w+|long time no see|nice to (?:meet|see|talk to) you"
    r"|great to (?:chat|see|hear|talk|meet)|good to (?:see|hear|chat|talk)|how are you|how's it going|what's up"
    r"|sup)\b.{0,60})$",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:(?:many |so )?(?:thanks|thank you|thx|ty|cheers|much appreciated|appreciate it"
    r"|I (?:really )?appreciate (?:it|that|this|your|the|you|all)|I (?:want to|would like to"
    r"|just want to) thank))\b",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(
    r"(?:suppose|supposing|imagine|let's say|let's suppose|say (?:I|we|you)|what if|assume|assuming|pretend"
    r"|hypothetically|in a world|if only|if (?:I|we) (?:were|was|had|could|would|won|did|got|lived|owned)\b"
    r"|if (?:you|someone|somebody|a|an|the|it|there|they|he|she|people)\b)|.{0,300}\bI (?:would|could"
    r"|might) .{1,200}\bif (?:I|we|you|it|there|they|he|she|the) ?(?:were|was|had|could|would|\w+ed)?\b",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"(?:(?:I (?:see|agree|understand|get it|got it|hear you|know(?: right)?|guess(?: so)?|think so|hope so"
    r"|suppose(?: so)?|mean|bet|wish|did|do|don't|am|was|have|will|can|could|would|should|think that is (?:great"
    r"|good|right|it|all))(?: now| that| it| too| what you mean)?)"
    r"|(?:you(?:'re| are) (?:right|welcome|correct|the best|so (?:kind|sweet|helpful)))|(?:I|that|it) (?:works?"
    r"|worked|helps?(?: a lot)?|makes sense|depends|sounds (?:good|great|like a plan|fun|amazing|awesome))"
    r"|(?:that|it|this|these|those|they|sounds?|looks?)(?:'s| is| was|'re| are| would be| will be"
    r"|'ll be)? (?:all|it|so|very|really|super|pretty|just|a|an|such|too|like|quite|\s)*(?:great|good|nice|cool"
    r"|awesome|amazing|perfect|fine|ok|okay|true|right|correct|wrong"
    r"|interesting|helpful|useful|funny|fun|fantastic|wonderful|lovely|beautiful|gorgeous|sweet|sad|terrible"
    r"|awful|bad|crazy|weird|fair|weather|important|inspiring|impressive|adorable|clear|enough|everything|all|it"
    r"|plan|idea|point|question|relief)\b.{0,60})$"
    r"|(?:lol|haha|hehe|lmao|wow|omg|oh my god|yay|yes|yeah|yep|yup|no|nope|nah|ok|okay|sure|fine|great|cool"
    r"|nice|awesome|perfect|exactly|indeed|right|absolutely|definitely|of course|never mind|nevermind|sorry"
    r"|my bad|oops|congrats|congratulations|well done|good (?:job|luck|idea|point|question|one)"
    r"|got it|makes sense|sounds (?:good|great)|no (?:problem|worries)|not (?:really|yet|much)|me (?:too"
    r"|neither)|same(?: here)?|glad|so glad|happy to)\b.{0,40}$",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"I (?:am |'m )?(?:really |so |very |just |also |still )?(?:(?:sorry|afraid|glad (?:you|to|that|it|we)"
    r"|happy (?:you|to (?:hear|help|see)|for you)|back|here|joking|kidding|just (?:asking|testing|checking"
    r"|saying)|testing|asking|saying|talking about|referring to)\b"
    r"|(?:hope|bet|guess|hoped) (?:this|that|you|it|your|so|we can)\b|can't (?:believe|wait to (?:hear"
    r"|see what))\b|(?:will |am going to )(?:definitely |be sure to )?(?:take (?:your|that|the) advice|try|check"
    r"|let you|get back|take a look|look into|give (?:it|that|this)|keep (?:that|you|this)|think about"
    r"|do (?:that|it)|use (?:that|it|them|this|these)|see if)\b"
    r"|\w+ (?:about |of |to |for |with |on |at |in )?(?:it|that|this|these|those|them|so|the same|what you)"
    r"(?: too| now| so much| already| idea| ideas| one)?$|(?:mean|meant|said|see what|know what"
    r"|agree with (?:you|that))\b|got (?:it|stuck|an? error)\b|think (?:that|it|this|you)(?:'s| is|'re| are)\b)",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"I (?:am|feel|was|have been) (?:(?:feeling|so|very|really|too|just|a bit|a little|kind of|still|pretty"
    r"|quite|super|getting|also) ){0,3}(?:tired|hungry|thirsty|bored|busy|back|here|done|ready|good|fine|ok|okay"
    r"|great|well|lost|stuck|sleepy|exhausted"
    r"|cold|hot|full|late|awake|happy|sad|excited|better|worse|alright|sick|free|online|away|home)"
    r"(?: (?:right now|now|today|again|too|at the moment|this morning|tonight|as well|already))?$|I (?:have|got"
    r"|need) to (?:go|run|leave|sleep)(?: now)?$"
    r"|I (?:am|will be) (?:going to (?:bed|sleep|the store|lunch|grab)|about to (?:go|leave|eat|sleep)|on my way"
    r"|heading|leaving|right back|back)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:I (?:think|guess|suppose|believe|feel like)|maybe|perhaps|probably|(?-i:might|may)|possibly|not sure"
    r"|kind of|sort of|apparently|supposedly|seems?|could be)\b",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(
    r"(?:(?:(?:oh|ah|aw|aww|well|so|and|but|yeah|yes|yep|yup|hmm+|um+|uh+|btw|by the way|anyway|anyways|also"
    r"|actually|honestly|frankly|basically|tbh|to be honest|fyi|for the record|just so you know"
    r"|(?:as|like) i (?:said|told you|mentioned)(?: before| earlier)?|as mentioned|i mean(?= (?:i|my|we)\b)"
    r"|as you know|in fact|to be fair|not gonna lie|ngl|plus|ps|p\.s\.|seriously|ok so"
    r"|okay so|ok|okay|alright|ooh|ugh|gosh|man|dude|yay|omg|finally|first of all|first off|firstly|secondly"
    r"|by the by)[,:;.!]*\s+(?=\S)(?<!\bso\s)|(?:for context|for reference|one more thing|another thing"
    r"|some context|context|background|update|note|quick (?:note|update)|fun fact|confession|spoiler|correction|clarification|edit"
    r"|just confirmed|confirmed"
    r"|decision made|in short|long story short|in summary|in my opinion|imo|imho)[,:]\s+|so,?\s+(?!(?:far|much"
    r"|many|called|that)\b)|(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there| everyone| all| guys"
    r"| team| again| [A-Z]\w{1,20})?[,!.;:]*\s+(?=(?:I|my|we|it's|im|i'm|can|could|what|how|remember|this)\b)"
    r"|(?:hi|hello|hey)(?: there)?[,!.]\s*"
    r"|(?:thanks|thank you|great|cool|sure|right|no|nope|nice|wow|haha|lol|exactly|absolutely|definitely"
    r"|of course|perfect|awesome|sorry|look|listen|you know(?: what)?|i mean|see|got it|that's (?:great|true"
    r"|cool|nice|right)|glad to hear)(?:,? [A-Z]\w{1,20})?[,!;:—-]+\s*))",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"^(?:(?:an? |one |two |three |some |a few )?(?:quick |more |important )?(?:facts?|things?)(?: (?:worth|to"
    r"|for|about) [\w ]{2,30})?:\s+(?=\S))|^(?:please |pls |kindly |also |and |just |(?:can|could|would"
    r"|will) you (?:please )?|i (?:want|need|would like) you to |i'd like you to |make sure (?:you |to )?"
    r"|try to )*"
    r"(?:remember|note|make a note|take note|don't forget|do not forget|never forget|keep in mind|bear in mind"
    r"|be aware|save|store|know|remind yourself|write down|jot down|for the record|for future reference"
    r"|for your information|for later)"
    r"(?: (?:the fact|this|these facts|it|for (?:me|later|next time|future reference|the future)"
    r"|to (?:your )?memory|in (?:your )?memory|always|down))*(?:[,:]? that|:|,)?\s+(?=\S)",
    re.IGNORECASE,
)
_NOTE_ABOUT = re.compile(
    r"(?:to|when|how|what|where|who|why|if|about|all|everything|anything|the (?:last|conversation|previous))\b", re.IGNORECASE
)
_REWORK = re.compile(
    r"\b(?:translate|summari[sz]e|summary of|proofread|rewrite|rephrase|paraphrase|edit|correct|analy[sz]e"
    r"|review|improve|shorten|expand|continue|polish|grade|critique)\b",
    re.IGNORECASE,
)
_PASTED = re.compile(
    r":$|\b(?:following|below|(?:this|these|my) (?:\w+ ){0,2}(?:text|article|email|passage|paragraph|essay|story"
    r"|letter|document|message|conversation|transcript|sentence|excerpt|review|post|notes?|lyrics|abstract"
    r"|report|blog|section))\b(?!.{0,40}\bcode\b)",
    re.IGNORECASE,
)


def about_you(clause: str) -> bool:
    """Whether the clause is about the one spoken to."""
    return bool(_YOU.match(clause))


def opened(body: str) -> str:
    """The sentence without what only leads up to it: "btw, I'm vegan" -> "I'm vegan"."""
    for _ in range(4):
        match = _PREAMBLE.match(body)
        if match is None or match.end() == len(body):
            return body
        body = body[match.end() :]
    return body


def noted(body: str) -> tuple[str, bool]:
    """What one is told to remember, and whether one is told so: "please remember that I fly on Monday" -> "I fly on Monday"."""
    match = _NOTE.match(body)
    if match is None or _NOTE_ABOUT.match(body, match.end()) or len(body) - match.end() < 4:
        return body, False
    return body[match.end() :], True


def untagged(body: str) -> tuple[str, bool]:
    """A statement dressed as a question ("I'm vegan, right?", "did you know I'm vegan?") bare, and whether it was one."""
    bare = _TOLD.sub("", _TAG.sub("", body))
    return bare, bare != body and not is_question(bare)


def is_question(clause: str) -> bool:
    """Whether the clause asks, by its form."""
    return bool(_QUESTION.match(clause))


def is_imperative(clause: str) -> bool:
    """Whether the clause tells somebody to do something, by its first word."""
    return bool(_REQUEST.match(clause))


def starts_request(clause: str) -> bool:
    """Whether what follows a comma is a request: fewer verbs count than at the start of a sentence."""
    return bool(_TAIL_REQUEST.match(clause))


def announces_paste(body: str) -> bool:
    """Whether a request wants text worked on that follows ("summarise this article:")."""
    return bool(_REWORK.search(body) and _PASTED.search(body.rstrip()))


def hedged(clause: str) -> bool:
    """Whether the speaker is not sure, or gives it as an opinion."""
    return bool(_HEDGE.search(clause))


_POINTS = re.compile(
    r".{0,400}\b(?:like this|as follows|the following|here's (?:what|my|the|a)\b.{0,60}|this is (?:what I have"
    r"|my (?:current )?code)\b.{0,40})$",
    re.IGNORECASE,
)
_YOU = re.compile(r"your?\b(?!r name is\b)", re.IGNORECASE)
_ADVICE = re.compile(
    r"you (?:really |definitely |all |guys )?(?:should|could|can|must|might|may|need to|have to|ought to|will|would|'ll)\b", re.IGNORECASE
)
_VERDICT = re.compile(
    r"(?!(?:I|my|we|our|it|this|that|he|she|they|there)\b)[\w'-]+(?: [\w'-]+){0,5}? (?:is|are) (?:so |really "
    r"|just |very |the |a |an |absolutely |pretty |quite |way |too |such )*"
    r"(?:great|awesome|amazing|best|worst|overrated|underrated|terrible|awful|boring|fun|fantastic|wonderful"
    r"|horrible|delicious|disgusting|annoying|beautiful|ugly|excellent|cool|lovely|stupid|superior|better|worse)\b",
    re.IGNORECASE,
)


def is_verdict(clause: str) -> bool:
    """Whether the clause only says how good or bad something is: an opinion."""
    return bool(_VERDICT.match(clause))


_TESTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_THANKS, "thanks"),
    (_GREETING, "a greeting"),
    (_CHAT, "small talk"),
    (_HYPOTHETICAL, "a hypothetical"),
    (_QUESTION, "a question"),
    (_WISH, "a request"),
    (_ASKING, "a question"),
    (_REQUEST, "a request"),
    (_ADVICE, "advice"),
    (_TALK, "small talk"),
    (_PASSING, "a passing state"),
    (_POINTS, "it points at something shown"),
)


def why_nothing(clause: str, *, asked: bool) -> str | None:
    """Why a clause is not worth remembering, or None. `asked`: it ends in a question mark."""
    for pattern, why in _TESTS:
        if pattern.match(clause):
            return why
    return "a question" if asked or (_WH_ALONE.match(clause) and clause.split(" ", 1)[0].lower() in {"why", "how"}) else None
