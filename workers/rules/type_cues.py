"""Type cues: the words by which each type of memory is told, and how surely."""

from schemas.memory import MemoryType
from workers.rules.presupposed import KIN, SOCIAL

_P, _F, _E, _G, _R = MemoryType.PREFERENCE, MemoryType.FACT, MemoryType.EXPERIENCE, MemoryType.GOAL, MemoryType.RELATIONSHIP
_SELF = r"(?:i|we|the user|user|he|she|they|(?-i:[A-Z])\w+)"
_WHO = r"(?:the user's|user's|my|our|(?-i:[A-Z])\w+'s)"
_ADJECTIVE = r"(?:\w+ ){0,2}?"
_FOLK = rf"(?:{KIN}|{SOCIAL})"

CUES: tuple[tuple[MemoryType, float, str], ...] = (
    # what one likes, avoids and asks for
    (_P, 0.95, r"(?<!would )(?<!would really )(?<!'d )(?<!'d really )\b(?:love|like|enjoy|prefer|adore|hate|dislike|detest"
        r"|despise|loathe|favou?r|appreciate|prioriti[sz]e|cherish|fancy|crave)s?\b(?! to (?:be|become|know)\b)"),
    (_P, 0.95, r"\b(?:loved|enjoyed|preferred|liking|loving|fond of|fan of|fans of|keen on|crazy about|obsessed with"
        r"|addicted to|passionate about|into (?!(?:the|a|an|my|their|it|this|that)\b)|my (?:\w+ )?(?:fave?|passion"
            r"|jam|thing) is|fave|huge \w+ (?:buff|nerd|geek|person)|an? (?:\w+ )?(?:cat|dog|coffee|tea|beach|morning"
            r"|night|outdoors|animal|foodie|meat|beer|wine|movie|book) (?:person|lover|lady)|lover of|best (?:color"
            r"|colour|food|band|show|movie|book)|can(?:not|'t) stand|partial to|big on|sick of"
        r"|prefers?)\b"),
    (_P, 0.95, r"\bfavou?rites?\b"),
    (_P, 0.93, r"\b(?:doesn't|don't|does not|do not|never|no longer) (?:really |even |usually )?(?:likes?|loves?|enjoys?|eats?"
        r"|drinks?|want to|cares? for|use|watch|do)\b"),
    (_P, 0.96, r"\b(?:wants?|would like) (?:the assistant|to be called|answers)\b|\bwould rather\b|'d rather\b"),
    (_P, 0.9, r"\b(?:vegan|vegetarian|pescatarian|carnivore|keto|halal|kosher|plant-based|gluten[- ]free diet|paleo)\b"),
    (_P, 0.72, r"\b(?:thinks?|feels?|finds?|believes?|considers?)\b.{1,80}\b(?:great|best|better|worst|overrated|underrated"
        r"|boring|fun|amazing|annoying|exhausting|terrible|awful|important|beautiful|interesting|relaxing|exciting"
        r"|good|bad)\b"),
    (_P, 0.66, rf"^{_SELF} (?:\w+ly )?(?:thinks?|believes?|finds?|feels? (?:that|like|strongly))\b(?!.{{0,20}}\bwill\b)"),
    (_P, 0.75, r"\b(?:avoids?|collects?|hobby|hobbies|pastime|interested in|interests? (?:is|are|include)|skeptical of"
        r"|comfort food|guilty pleasure|the best\b.{0,20} ever|looking for something)\b"),
    (_P, 0.6, rf"\b{_SELF} (?>\w+ly |also |often |always |sometimes |still |usually |just )*(?:play|go|hike|swim|cook|bake"
        r"|dance|sing|draw|paint|read|write|garden|fish|hunt|knit|ski|surf|travel|watch|listen|jog|run|camp|collect"
        r"|craft|crochet|sew|volunteer|shop|eat|drink|ride|walk|do yoga|bike|blog)(?:s|es)?\b(?! (?:out of|to school"
        r"|for a|to work))"),
    (_P, 0.55, r"\b(?:play(?:ing)?|reading|hiking|fishing|swimming|cooking|baking|dancing|singing|drawing|painting"
        r"|gardening|watching|listening|gaming|surfing|knitting|camping|skiing|video games|music|movies|guitar|piano"
        r"|violin|tennis|soccer|football|basketball|baseball|golf|yoga)\b"),
    # what one is after
    (_G, 0.95, rf"\b(?:{_SELF} |'s? )?(?>\w+ly |also |just |still )*(?:wants?|hopes?|hoping|plans?|planning|intends?"
        r"|intending|aims?|aiming|aspires?|aspiring|striving|wish(?:es)?|dreams? of|dreaming of"
        r"|yearns?) (?:\w+ly )?(?:to|on|for|of|that|they|i)\b"),
    (_G, 0.93, r"\b(?:(?:my|their|our|user's|the|main|new|ultimate|life|long-term|short-term|career|future|next|is) goals?"
        r"|goal is|goals? (?:is|are|of|include|for)|dream (?:is|job|of)|aims? to|new year's resolution|bucket list"
        r"|dream(?:ed|s|ing)? of (?:being|becoming|having)|(?:is|was) (?:my|their) dream|in school (?:to be|for)"
            r"|to become an?|ambition|aspirations?|target(?:ing)?)\b"),
    (_G, 0.92, r"\b(?:would|'d) (?:really )?(?:love|like) to\b(?! (?:know|see how))"),
    (_G, 0.96, r"\b(?:wants?|wanna|wanted|would like|hopes?|hoping|striving|trying|studying|training|going) to (?:be|become|learn"
        r"|get into|start|open|own|buy|build|visit|go)\b"),
    (_G, 0.88, r"\b(?:saving (?:up )?for|training for|working (?:towards?|on becoming)|studying to (?:be|become)"
        r"|going to (?:school|college) (?:to be|for)|preparing (?:for|to)|looking forward to|thinking (?:of"
        r"|about) \w+ing|considering \w+ing|determined to|eager to|on track to|committed to|committing to|promised"
        r"|decided to|about to|due to start|scheduled (?:to|for)|by year-end)\b"),
    (_G, 0.9, rf"\b{_SELF} (?:is|am|are|was) (?:now |also |currently )?(?:going to|trying to|working on|looking (?:for|to)"
        r"|applying (?:to|for)|moving to|getting ready|focus(?:ed|ing) on|learning)\b"),
    (_G, 0.57, rf"\b{_SELF} (?:need|needs|have to|has to|must)\b"),
    (_G, 0.9, r"^(?:[Ww]ill|[Pp]romised|[Cc]ommitted|[Aa]grees to)\b"),
    (_G, 0.7, rf"\b{_SELF} (?:will|'ll|want|wants)\b"),
    # who belongs to one
    (_R, 0.95, rf"^(?:and |but )?{_WHO} {_ADJECTIVE}{_FOLK}\b(?!'s (?:name|birthday)?.{{0,40}} (?:love|like)s?\b)"),
    (_R, 0.93, rf"\b(?:has|have|had|got) (?:[\w-]+ ){{0,3}}(?:{KIN}|best friend|boss|roommates?|girl|boy|girls|boys)\b(?! (?:food|name))"),
    (_R, 0.95, r"\b(?:is|am|are|was|been|got|getting|just|happily|newly|not|recently|still) (?:\w+ly )?(?:married|engaged"
        r"|divorced|separated|single|widowed|dating|in a relationship)\b|\bmarried (?:to|with|for)\b|\b(?:single"
        r"|divorced) (?:mom|mother|dad|father)\b|\bbroke up\b|\bonly child\b"),
    (_R, 0.9, r"\b(?:lives?|living|stays?|married|dating|met|in touch|get along|gets along|close|grew up|raised|friends"
        rf"|works?) (?:with|to|by) {_ADJECTIVE}(?:my|their|his|her) {_ADJECTIVE}{_FOLK}\b"),
    (_R, 0.9, rf"\b(?:is|are|was) (?:\w+ ){{0,2}}?(?:my|the user's|their|our) {_ADJECTIVE}{_FOLK}\b"),
    (_R, 0.8, rf"\b(?:my|their|the user's|our) {_ADJECTIVE}(?:{KIN}|best friends?|boss|mentor|friends?|colleagues?|roommate)\b"),
    (_R, 0.78, r"\b(?:a (?:close friend|friend|colleague|mentor|cousin|neighbou?r)|(?:mom|mother|father|dad|parent"
        r"|grandmother|grandfather|grandma) of|an? (?:mom|mother|father|dad|grandma|grandpa|grandmother|grandfather"
        r"|parent|uncle|aunt|wife|husband)\b|siblings?|kids|children|grandkids|daughters?|sons?|(?:brother|sister"
        r"|wife|husband|boyfriend|girlfriend|fianc[eé]e?)s?)\b"),
    (_R, 0.93, r"^(?!(?:users?|the|this|that|my|we|in|on|at|it|there|last|just|and|but|so)\b)(?-i:[A-Z])\w+(?: (?-i:[A-Z])\w+)?"
        r"(?: \([^)]{1,12}\))?(?:, [^,]{1,60},?){0,2} (?:and (?:I|me|the user)\b|(?:invited|suggested|advised|recommended|offered"
        r"|introduced|helped|encouraged|told|taught|agreed|reminded|mentioned|gave|supports?|joined|asked|called|praised|reviewed"
        r"|revealed|shared|planned|booked|met)\b.{0,80}?\b(?:I|me|my|we|us|our|the user|the user's)\b)"),
    (_R, 0.93, r"\b(?:met|introduced (?:me|the user|them) to|collaborat\w+ with|reconnected with)"
        r" (?:attorney |professor |dr\.? )?(?-i:[A-Z])[a-z]+\b(?! (?:is|was|film|studio|team)\b)"),
    (_R, 0.93, r"^(?-i:[A-Z])[a-z]+(?:,? \(?(?:age )?\d{1,2}\)?,|, (?:my|an?|the user's) [^,]{3,50},)"
        r"|^(?-i:[A-Z])[a-z]+ (?:recommended|suggested|advised|mentors|encouraged)\b"),
    # what happened
    (_E, 0.93, r"\bused to\b|\b(?:has|have|had) (?:ever |just |already |recently |also |once |even |never )*(?:been to"
        r"|visited|travell?ed|completed|finished|tried|seen|met|attended|won|climbed|lived abroad)\b"),
    (_E, 0.9, r"\b(?:gave up|grew up|studied abroad|graduated|(?<!will )(?<!to )quit (?:my|their|his|her|smoking|drinking)|stopped \w+ing"
        r"|retired from|was (?:fired|promoted|robbed|invited|laid off)|got (?:a|the|fired|promoted|laid off|lost|my"
        r"|their)|travell?ing the world|vacation in|trip to)\b(?! (?:dog|cat|job at))"),
    # what is so
    (_F, 0.96, rf"\b(?:{_WHO} |my |the user's )(?:\w+ )?(?:name|age|birthday|email|phone number|number|address|job"
        r"|occupation|title|employer|hometown|nationality|height|weight|timezone|car|house|apartment|hair"
        rf"|eyes)\b.{{0,40}}\b(?:is|are|was)\b"),
    (_F, 0.94, rf"\b{_SELF} (?>\w+ly |also |still |now |currently )*(?:live|reside|work|own|rent|study|teach|speak|attend"
        r"|manage|run a|major|drive a)(?:s|es|ies)?\b|\b(?:is|am) studying\b|\b(?:is|am|are) (?:living|working|based"
        r"|employed|renting|staying) (?:in|at|on|as|for|with)\b"),
    (_F, 0.94, r"\b(?:is|am) (?:\w+ly |also |currently |now )?(?:\d{1,3}\b|an? (?!big fan|huge fan|fan|lover|mom|mother"
        r"|father|dad|vegan|vegetarian)|from|allergic|born|originally|left-handed|bilingual|retired|unemployed"
        r"|self-employed|tall|short|disabled|deaf|blind|diabetic|overweight|lactose|celiac|religious|catholic"
        r"|christian|muslim|jewish)"),
    (_F, 0.92, r"\b(?:was|were) (?:born|raised|diagnosed)\b|\b(?:suffers?|suffering) from\b|\ballerg(?:y|ies|ic)\b"
        r"|\b(?:diabetes|asthma|arthritis|depression|anxiety|adhd)\b"),
    (_F, 0.9, r"\b(?:has|have|own|owns|got|drives?|rents?|adopted) (?:\w+ ){0,3}(?:dogs?|cats?|puppy|puppies|pets?|horses?"
        r"|rabbits?|parrots?|fish|turtles?|hamsters?|cars?|house|apartment|truck|boat|motorcycle|bike|jeep|ford"
        r"|honda|toyota|tesla|degrees?|job|eyes|hair)\b"),
    (_F, 0.88, r"\b(?:speaks?|fluent in|works? (?:at|for|as|in|on|from)|job|lives? (?:in|on|at|near|with|alone)|degree"
        r"|university|college|school|company|salary|earns?|attends?)\b"),
    (_F, 0.7, r"\b(?:uses?|using|deadline|budget|version|deployed|api|database|server|password|port)\b"),
    (_F, 0.85, r"\b(?:can(?:not|'t)?|able to|good at|bad at|afraid of|scared of|fear of|believes? in) \w+"),
    (_F, 0.58, r"\b(?:has|have|is|am|are)\b"),
)  # fmt: skip
