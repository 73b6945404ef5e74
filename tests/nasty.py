"""The nastiest things to send: names that mean something to somebody on the way, and bodies that are almost JSON."""

INJECTIONS = (
    "' OR 1=1 --",
    "alice' OR user_id = 'bob",
    "alice\\' OR ''='",
    "'; DROP TABLE memories; --",
    "') OR (owner IS NOT NULL) OR (user_id = '",
    '" OR ""="',
    "/* */",
    "*",
    "%",
    "_",
    "?",
    "\\",
    "'",
    "''",
    "`id`",
    "$(id)",
    "${jndi:ldap://127.0.0.1/a}",
    "{{7*7}}",
    "{0.__class__.__mro__}",
    "%s%s%n",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "__proto__",
    "constructor",
)
"""Filters, shells, templates, pages, spreadsheets: each takes some character for its own."""
SEPARATORS = (
    "alice:bob",
    "alice/bob",
    "alice|bob",
    "alice\0bob",
    "alice\tbob",
    "alice\r\nX-Mneme-Owner: victim",
    "alice\nbob",
    "alice#1",
    "alice?user_id=bob",
    "alice&user_id=bob",
    "alice;bob",
    "alice,bob",
    "mneme:receipt:alice",
    "[::1]",
    "user=alice",
)
PATHS = (
    "..",
    "../alice",
    "../../../../etc/passwd",
    "..\\..\\windows",
    "alice/../bob",
    "%2e%2e%2f",
    "%00",
    "%25",
    "%",
    "./.",
    "//",
    "file:///etc/passwd",
)
WORDS = ("null", "None", "true", "NaN", "undefined", "self", "all", "default", "owner", "-1", "0", "1e999", "9" * 400, "0x10", "٣", "½")
"""Words that mean something to some language, or to us."""
UNICODE = (
    "🙂",
    "e\u0301",
    "\u00e9",
    "ＡＬＩＣＥ",
    "ALICE",
    "alice ",
    "alice\u200b",
    "\u202ealice",
    "\u2066alice\u2069",
    "alice\ufeff",
    "alice\u00ad",
    "аlice",
    "ﬃ",
    "ß",
    "İ",
    "\U000e0041",
    "\x7f",
    "\x1b[2J",
    "\u2028",
    "\uffff",
    "z" + "\u0335" * 100,
)
"""Looks alike, is turned around, is not seen, folds to more letters, combines without end."""
LONG = ("a" * 400, "🙂" * 100)
NASTY = (*INJECTIONS, *SEPARATORS, *PATHS, *WORDS, *UNICODE, *LONG)

LONE_SURROGATE = b'"\\ud800"'
NUMBERS = (
    b"1e999",
    b"-1e999",
    b"1e-999",
    b"9" * 10_000,
    b"-" + b"9" * 400,
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"0x10",
    b"01",
    b"1.",
    b"-0",
    b"1e5000000000",
)
"""Numbers no float, no machine word and no JSON has."""


def broken(body: bytes) -> tuple[bytes, ...]:
    """Ways in which `body`, a JSON object, may come broken or swollen."""
    inner = body.strip()[1:-1]
    comma = b"," if inner else b""
    return (
        body[: len(body) // 2],
        body + b"}",
        b"\xef\xbb\xbf" + body,
        body.decode().encode("utf-16"),
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"{" + inner + comma + b'"metadata":' + b"[" * 60 + b"]" * 60 + b"}",
        b"{" + inner + comma + b'"metadata":' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}",
        b"{" + inner + comma + b'"user_id":"alice","user_id":"bob"}',
        b"{" + inner + comma + b'"user_id":' + LONE_SURROGATE + b"}",
        *(b"{" + inner + comma + b'"top_k":' + number + b"}" for number in NUMBERS),
        *(b"{" + inner + comma + b'"metadata":{"n":' + number + b"}}" for number in NUMBERS),
        b"{" + inner + comma + b'"\xff":1}',
        b"{" + inner + comma + b'"__class__":{"__init__":1}}',
        b"",
        b"null",
        b"[]",
        b'""',
        b"\0" * 64,
    )
