"""Languages: whether a sentence is English, and what little is known of other languages: greetings, thanks, typical cues."""

import re

_SHARED = frozenset("a al am an as die do in is me met no on so son was yo per all hat des non are".split())
"""Words of English and of another language: they tell nothing."""
_ENGLISH = (
    frozenset(
        "the a an i i'm i've my me is are was were be to of and in on for with at it this that you your we our he "
        "she they have has do don't not but or from "
        "by as so if when what how who which can will would should like love live work am been about because just "
        "really there their his her its also no yes".split()
    )
    - _SHARED
)
_FOREIGN = (
    frozenset(
        "el la los las un una unos mi mis su es soy está estoy vivo tengo que en por para con y pero muy me gusta "
        "encanta del al lo le se como yo no "
        "je j'ai j'aime suis le les des du et est une dans pour avec mon ma mes sur pas très c'est il elle nous vous qui au aux ne "
        "ich bin ist und der die das ein eine nicht mein meine habe mit auf für zu in aus wohne arbeite mag liebe sehr wir sind "
        "io sono di che il lo gli per con mio mia ho vivo abito lavoro mi piace sono molto non è della nel "
        "eu sou moro não um uma meu minha trabalho gosto em do da para com os as muito tenho "
        "ik ben het een van niet mijn en op met voor woon werk hou heb jag är och att det som på min "
        "ben bir ve için çok bu ile jestem mam w z na nie lubię mieszkam się "
        "saya aku di dan yang suka tinggal quiero quiere llamo hablo trabajo estudio prefiero odio amo heiße möchte "
        "komme spreche adore déteste habite travaille chiamo parlo chamo falo prefiro".split()
    )
    - _SHARED
)
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ELIDED = re.compile(r"(?:j|l|d|qu|n|c|s|m|t)['’](?=[aeiouyhàâéèêîôû])")
_SOCIAL = re.compile(
    r"\W{0,3}(?:hola|buenos días|buenas|gracias|muchas gracias|adiós|de nada|por favor|bonjour|salut|merci"
    r"|au revoir|s'il vous plaît|hallo|guten (?:tag|morgen|abend)|danke|tschüss|bitte|ciao|grazie|prego"
    r"|buongiorno|olá|obrigad[oa]|tchau|bom dia|привет|здравствуйте|спасибо|пока|пожалуйста|你好|您好|谢谢|再见|こんにちは"
    r"|ありがとう|おはよう|안녕|감사합니다|مرحبا|شكرا|السلام عليكم|שלום|תודה|नमस्ते|धन्यवाद)(?!\w)",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:[¿?？؟]|(?:吗|呢|か)$)")
PREFERENCE = re.compile(
    r"(?:me (?:gusta|encanta)|prefiero|odio|amo\b|j'(?:aime|adore)|je (?:préfère|déteste|n'aime)|ich (?:mag"
    r"|liebe|hasse|bevorzuge)|lieblings|mi piace|preferisco|adoro|eu (?:gosto|amo|prefiro|odeio)|gosto de"
    r"|ik (?:hou|haat)"
    r"|люблю|обожаю|ненавижу|предпочитаю|нравится|喜欢|喜歡|讨厌|爱|好き|嫌い|좋아|싫어|أحب|أكره|אוהב|पसंद)",
    re.IGNORECASE,
)
GOAL = re.compile(
    r"(?:quiero|voy a|planeo|je (?:veux|voudrais|vais)|ich (?:möchte|will|werde)|voglio|vorrei|eu quero|pretendo"
    r"|хочу|планирую|想要|打算|したい|싶|أريد|רוצה)",
    re.IGNORECASE,
)
RELATIONSHIP = re.compile(
    r"(?:mi (?:hermana|hermano|madre|padre|esposa|marido|hija|hijo|novi[oa]|amig[oa])|(?:ma|mon) (?:sœur|soeur"
    r"|frère|mère|père|femme|mari|fille|fils|copine|copain|amie?)|meine? (?:schwester|bruder|mutter|vater|frau"
    r"|mann|tochter|sohn|freundin|freund)"
    r"|(?:mia|mio) (?:sorella|fratello|madre|padre|moglie|marito|figlia|figlio)|(?:minha|meu) (?:irmã|irmão|mãe"
    r"|pai|esposa|marido|filha|filho)|мо[йя] (?:сестра|брат|мама|папа|жена|муж|дочь|сын)|我(?:的)?(?:姐姐|妹妹|哥哥|弟弟"
    r"|妈妈|爸爸|妻子|丈夫|女儿|儿子))",
    re.IGNORECASE,
)


def is_english(text: str) -> bool:
    """Whether the sentence is to be read as English: Latin letters, and no more words of other languages than of English."""
    words = _WORDS.findall(text[:400].lower())
    if not words:
        return True
    if not text.isascii() and sum(word[0] > "\u024f" for word in words) * 3 > len(words):
        return False
    joined = [word for word in words if "'" in word or "’" in word] if "'" in text or "’" in text else ()
    foreign = sum(map(_FOREIGN.__contains__, words)) + sum(map(_is_elided, joined))
    if not foreign:
        return True
    english = sum(map(_ENGLISH.__contains__, words))
    return english > 0 and (foreign < 2 or foreign <= english)


def _is_elided(word: str) -> bool:
    return word not in _FOREIGN and bool(_ELIDED.match(word))


def why_nothing_foreign(text: str) -> str | None:
    """Why a sentence in another language leaves nothing, or None: it asks, greets, or is too short to say anything."""
    if _ASKS.search(text):
        return "a question"
    words = _WORDS.findall(text[:400])
    if _SOCIAL.match(text) and len(words) < 6 and len(text) < 30:
        return "a greeting"
    unspaced = any(word[0] > "\u2e7f" for word in words)
    return None if len(words) > 2 or (unspaced and len(text) > 3) else "too short to say anything"
