"""Whatever stands where a key, a token or a signature should: it opens nothing, and nothing falls over."""

import re
from pathlib import Path
from typing import Any

import jwt
import pytest
from anything import JSON, STEADY, TEXT, tried
from hypothesis import given
from hypothesis import strategies as st

from core.keyring import key_hash, secret_in
from core.sessions import Session, Sessions, mint
from core.settings import Settings
from core.webhooks.signature import new_secret, sign
from schemas.errors import Unauthenticated

SETTINGS = Settings(session_secret="s" * 32, admin_token="a" * 16, session_jwks_url="http://127.0.0.1:9/", _env_file=None)
SESSIONS = Sessions(SETTINGS)
_EVENTS_PAGE = Path(__file__).parents[2] / "docs" / "events.md"
_HEADER = st.sampled_from(["authorization", "x-api-key", "x-supermemory-api-key"])
_LATIN = st.text(st.characters(max_codepoint=255), max_size=60)


def opened(token: str, owner: str | None = None) -> Session:
    """A session's check does not wait for anything where no provider's keys are asked for."""
    checking = SESSIONS.verify(token, owner=owner)
    try:
        checking.send(None)
    except StopIteration as done:
        return done.value
    checking.close()
    raise Unauthenticated("a provider is asked")


@STEADY
@given(st.dictionaries(_HEADER, _LATIN | st.builds("{} {}".format, st.sampled_from(["Token", "bearer", "Basic"]), _LATIN)))
def test_any_header_holds_a_key_without_blanks_around_it_or_none(headers: dict[str, str]) -> None:
    secret = secret_in(headers)
    assert secret is None or (secret == secret.strip() != "" and any(secret in value for value in headers.values()))


@STEADY
@given(TEXT, TEXT)
def test_different_keys_are_never_taken_for_each_other(one: str, other: str) -> None:
    assert (key_hash(one) == key_hash(other)) == (one == other)
    assert re.fullmatch("[0-9a-f]{64}", key_hash(one))


@STEADY
@given(_LATIN | st.builds("{}.{}.{}".format, _LATIN, _LATIN, _LATIN))
def test_no_text_is_a_session(token: str) -> None:
    with pytest.raises(Unauthenticated):
        opened(token)


@STEADY
@given(st.dictionaries(st.sampled_from(["sub", "aud", "exp", "iss", "nbf", "iat", "jti"]), JSON), st.dictionaries(TEXT, JSON, max_size=2))
def test_no_claims_of_a_signed_token_do_more_than_open_or_refuse(claims: dict[str, Any], header: dict[str, Any]) -> None:
    try:
        token = jwt.PyJWS().encode(jwt.api_jwt.json.dumps(claims).encode(), "s" * 32, "HS256", header)
    except (TypeError, ValueError, jwt.PyJWTError):
        return  # no token that could be sent
    session, refused = tried(Unauthenticated, opened, token)
    assert refused or session.owner == claims["sub"]


@STEADY
@given(st.text(min_size=1, max_size=255).filter(str.strip))
def test_a_session_of_ours_is_of_the_owner_it_was_made_for(owner: str) -> None:
    assert opened(mint(SETTINGS, owner, 60)) == Session(owner)


@STEADY
@given(TEXT | st.none())
def test_the_admins_token_opens_the_account_it_names_and_no_other(owner: str | None) -> None:
    session, _ = tried(Unauthenticated, opened, "a" * 16, owner)
    assert session.owner == (owner or "default") if session else not (owner or "").strip() or len(owner or "") > 255


@pytest.fixture(scope="module")
def is_ours() -> Any:
    """What the documentation has receivers check."""
    code = re.search(r"```python\n(import hmac.*?)```", _EVENTS_PAGE.read_text(), re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1], names)
    return names


@STEADY
@given(body=st.binary(max_size=50), other=st.binary(max_size=50))
def test_a_receiver_believes_what_we_signed_and_nothing_else(is_ours: Any, body: bytes, other: bytes) -> None:
    secret, now = new_secret(), int(is_ours["time"].time())
    signature = sign(secret, body, now)
    check = is_ours["is_ours"]
    assert check(secret, signature, body)
    assert check(secret, signature, other) == (other == body)
    assert not check(new_secret(), signature, body)
    assert not check(secret, sign(secret, body, now - 600), body)
