"""A session token opens the account of its `sub`, and only one that we or the configured provider signed, for us, and not long ago."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from provider import Provider
from pydantic import SecretStr

from core.jwks import AGAIN_S, FRESH_S, STALE_S, Jwks
from core.sessions import Session, Sessions, mint
from core.settings import Settings
from schemas.errors import BadInput, Unauthenticated, Unavailable

SECRET = "a-secret-of-more-than-32-characters"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def claims(**changes: Any) -> dict[str, Any]:
    stated = {"sub": "acme", "aud": "authenticated", "exp": int(time.time()) + 60, **changes}
    return {name: value for name, value in stated.items() if value is not None}


def jwk(key: Any, kid: str, **more: Any) -> dict[str, Any]:
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider([jwk(RSA_KEY, "rsa", alg="RS256", use="sig"), jwk(EC_KEY, "ec")]).running() as running:
        yield running


class TestOurs:
    async def test_a_token_we_made_opens_the_account_it_was_made_for(self):
        ours = settings(session_secret=SecretStr(SECRET))
        assert await Sessions(ours).verify(mint(ours, "acme", 60)) == Session("acme")

    async def test_supabases_tokens_open_the_account_of_its_user(self):
        token = jwt.encode(claims(sub="5c1d…", role="authenticated", iss="https://x.supabase.co/auth/v1"), SECRET, "HS256")
        assert await Sessions(settings(session_secret=SecretStr(SECRET))).verify(token) == Session("5c1d…")

    @pytest.mark.parametrize(
        "changed",
        [
            {"exp": int(time.time()) - 60},
            {"exp": None},
            {"aud": "other"},
            {"aud": None},
            {"sub": None},
            {"sub": " "},
            {"sub": 7},
            {"sub": "x" * 256},
            {"sub": None, "role": "service_role"},
            {"nbf": int(time.time()) + 86_400},
        ],
    )
    async def test_what_is_late_or_for_somebody_else_or_about_nobody_opens_nothing(self, changed):
        token = jwt.encode(claims(**changed) if changed.get("sub") != 7 else {**claims(), "sub": 7}, SECRET, "HS256", sort_headers=True)
        with pytest.raises(Unauthenticated):
            await Sessions(settings(session_secret=SecretStr(SECRET))).verify(token)

    async def test_another_secret_another_algorithm_and_none_open_nothing(self):
        ours = Sessions(settings(session_secret=SecretStr(SECRET)))
        tokens = [
            jwt.encode(claims(), SECRET + "x", "HS256"),
            jwt.encode(claims(), SECRET * 2, "HS512"),
            jwt.encode(claims(), None, "none"),
            jwt.encode(claims(), SECRET, "HS256")[:-2],
        ]
        for token in (*tokens, "", "a.b.c", "mlive_abc123_XyzAbCdEfGh", "é" * 50, "x" * 10_000):
            with pytest.raises(Unauthenticated):
                await ours.verify(token)

    async def test_an_issuer_that_is_configured_must_be_named(self):
        sessions = Sessions(settings(session_secret=SecretStr(SECRET), session_issuer="https://us"))
        assert await sessions.verify(jwt.encode(claims(iss="https://us"), SECRET, "HS256")) == Session("acme")
        for issuer in ("https://them", None):
            with pytest.raises(Unauthenticated):
                await sessions.verify(jwt.encode(claims(iss=issuer), SECRET, "HS256"))

    async def test_without_anything_configured_nothing_opens(self):
        for token in (jwt.encode(claims(), SECRET, "HS256"), jwt.encode(claims(), RSA_KEY, "RS256"), ""):
            with pytest.raises(Unauthenticated):
                await Sessions(settings()).verify(token)
        with pytest.raises(BadInput, match="MNEME_SESSION_SECRET"):
            mint(settings(), "acme", 60)

    def test_short_secrets_are_refused(self):
        for short in ({"session_secret": "x" * 31}, {"admin_token": "x" * 15}):
            with pytest.raises(ValueError, match="at least"):
                settings(**short)


class TestProvider:
    @pytest.mark.parametrize(("key", "algorithm", "kid"), [(RSA_KEY, "RS256", "rsa"), (EC_KEY, "ES256", "ec"), (EC_KEY, "ES256", None)])
    async def test_its_tokens_open_the_account_of_its_user(self, provider, key, algorithm, kid):
        sessions = Sessions(settings(session_jwks_url=provider.url))
        token = jwt.encode(claims(), key, algorithm, headers={"kid": kid} if kid else None)
        for _ in range(5):
            assert await sessions.verify(token) == Session("acme")
        assert provider.asked == 1

    async def test_what_others_signed_opens_nothing(self, provider):
        sessions = Sessions(settings(session_jwks_url=provider.url))
        by_others = [(OTHER_KEY, "RS256", "rsa"), (OTHER_KEY, "RS256", "other"), (RSA_KEY, "RS512", "rsa"), (RSA_KEY, "RS256", "ec")]
        for key, algorithm, kid in by_others:
            with pytest.raises(Unauthenticated):
                await sessions.verify(jwt.encode(claims(), key, algorithm, headers={"kid": kid}))

    @pytest.mark.parametrize("with_secret", [False, True])
    async def test_its_public_key_is_never_taken_for_a_secret(self, provider, with_secret):
        """The classic attack: a token signed with HS256, the published public key being the secret."""
        secret = {"session_secret": SecretStr(SECRET)} if with_secret else {}
        sessions = Sessions(settings(session_jwks_url=provider.url, **secret))
        for public in (
            RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(jwk(RSA_KEY, "rsa")).encode(),
        ):
            with pytest.raises(Unauthenticated):
                await sessions.verify(forged(public, "rsa"))

    async def test_symmetric_keys_and_keys_to_encrypt_with_are_passed_over(self):
        secret = base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("=")
        keys = [{"kty": "oct", "k": secret, "kid": "oct", "alg": "HS256"}, jwk(RSA_KEY, "rsa", use="enc"), jwk(EC_KEY, "ec")]
        async with Provider(keys).running() as provider:
            sessions = Sessions(settings(session_jwks_url=provider.url))
            for token in (
                jwt.encode(claims(), SECRET, "HS256", headers={"kid": "oct"}),
                jwt.encode(claims(), RSA_KEY, "RS256", headers={"kid": "rsa"}),
            ):
                with pytest.raises(Unauthenticated):
                    await sessions.verify(token)

    async def test_keys_that_changed_are_found_but_strangers_can_not_make_us_ask_for_each_token(self, provider):
        now = [1_000.0]
        keys = Jwks(provider.url, now=lambda: now[0])
        assert await keys.find("rsa", "RS256")
        for number in range(20):
            assert await keys.find(f"stranger {number}", "RS256") is None
        assert provider.asked == 1
        provider.keys = [jwk(OTHER_KEY, "new", alg="RS256")]
        now[0] += AGAIN_S
        assert await keys.find("new", "RS256")
        assert await keys.find("rsa", "RS256") is None
        assert provider.asked == 2

    async def test_a_provider_that_is_away_for_a_while_is_not_missed(self, provider):
        now = [1_000.0]
        keys = Jwks(provider.url, now=lambda: now[0])
        assert await keys.find("rsa", "RS256")
        provider.status = 500
        now[0] += FRESH_S
        assert await keys.find("rsa", "RS256")
        now[0] += STALE_S
        with pytest.raises(Unavailable):
            await keys.find("rsa", "RS256")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b'{"keys": []}',
            b'{"keys": [{"kty": "x"}]}',
            b'{"keys": [{"kty": "RSA", "alg": []}]}',
            b"x" * 300_000,
            b"\xff\xfe",
        ],
    )
    async def test_nonsense_instead_of_keys_is_a_failure_that_says_so(self, provider, body):
        provider.body = body
        with pytest.raises(Unavailable):
            await Jwks(provider.url).find("rsa", "RS256")

    async def test_nobody_at_the_url(self):
        for url in ("http://127.0.0.1:9/keys", "nonsense", "http://[::"):
            with pytest.raises(Unavailable):
                await Jwks(url).find("rsa", "RS256")


async def test_the_admins_token_opens_the_first_account_or_the_one_it_names():
    sessions = Sessions(settings(admin_token=SecretStr("an-admin-token-of-ours")))
    assert await sessions.verify("an-admin-token-of-ours") == Session("default")
    assert await sessions.verify("an-admin-token-of-ours", owner="acme") == Session("acme")
    for token in ("an-admin-token-of-our", "an-admin-token-of-ours ", ""):
        with pytest.raises(Unauthenticated):
            await sessions.verify(token, owner="acme")


async def test_a_token_says_whose_account_and_a_header_does_not():
    ours = settings(session_secret=SecretStr(SECRET))
    assert await Sessions(ours).verify(mint(ours, "acme", 60), owner="victim") == Session("acme")


def forged(secret: bytes, kid: str) -> str:
    """By hand: no library signs so."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT", "kid": kid}, claims())]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.new(secret, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()
