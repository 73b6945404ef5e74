"""Whatever stands in the environment: it configures Mneme, or is refused in words that name it."""

import math

from anything import STEADY, tried
from hypothesis import given
from hypothesis import strategies as st

from cli.configuration import read_settings
from cli.refusal import Refused
from core.bus.opening import urls_of
from core.settings import Settings
from schemas.errors import BadInput

_TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40)
_NUMBERS = (st.integers() | st.floats()).map(str) | st.sampled_from(["inf", "nan", "1e400", "-0", "1_0", "٣", "9" * 4_000, " 7 ", "true"])
_URLS = st.lists(
    _TEXTS | st.builds("{}://{}".format, st.sampled_from(["redis", "amqp", "nats", "kafka", "http"]), _TEXTS) | st.just("redis")
)


@STEADY
@given(name=st.sampled_from(sorted(Settings.model_fields)), text=_NUMBERS | _TEXTS)
def test_any_value_of_a_setting_is_taken_or_refused_by_name(name: str, text: str) -> None:
    value, refused = tried(Refused, lambda: getattr(read_settings(_env_file=None, **{name: text}), name))
    if refused:
        assert f"MNEME_{name.upper()}" in str(refused)
    elif isinstance(value, int | float):
        assert math.isfinite(value)
        assert abs(value) <= 2**53, "what Redis, Lua and the clock can still count"


@STEADY
@given(_URLS.map(",".join))
def test_any_list_of_brokers_names_each_once_or_is_refused(text: str) -> None:
    named, refused = tried(BadInput, urls_of, Settings(broker_urls=text, _env_file=None))
    if refused:
        assert refused.message.startswith("MNEME_BROKER_URLS")
    else:
        assert len(named) == max(1, len([url for url in text.split(",") if url.strip()]))
