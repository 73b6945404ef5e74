"""Settings, all from the environment (prefix MNEME_) or a `.env` file in the working directory."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_COUNTED = 2**53
"""What Lua still counts exactly."""
_LONG_S = 10**9
"""Thirty years: more is no date any more."""
Positive = Annotated[int, Field(gt=0, le=_COUNTED)]
Seconds = Annotated[float, Field(gt=0, le=_LONG_S)]
Hours = Annotated[float, Field(ge=0, le=_LONG_S / 3_600)]
Days = Annotated[float, Field(gt=0, le=_LONG_S / 86_400)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="MNEME_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    # Where things live
    data_dir: Path = Path("data")
    """Folder of the embedded Redis, the embedded store and the built model."""
    redis_url: str | None = None
    """Redis to use instead of the embedded one, e.g. redis://host:6379/0. It must keep an append-only file."""
    redis_allow_volatile: bool = False
    """Start even on a Redis without an append-only file: a crash of it then loses accepted events."""
    redis_timeout_s: Annotated[float, Field(ge=3, le=_LONG_S)] = 5
    """Longest wait for Redis to answer, or to take a connection; then 503."""
    store_uri: str | None = None
    """LanceDB to use instead of the embedded one: a folder, s3://bucket/prefix, or any URI lancedb opens."""
    models_dir: Path | None = None
    """Folder where the built-in model is built once; `models` in the data folder where absent."""
    shards: Annotated[int, Field(ge=1, le=256)] = 8
    """How many parts the pool has: the bound on parallel writers. Fixed when the store is created."""
    index_cache_mb: Positive | None = None
    """Most memory, in MB, for indexes of the store in the web process; where absent 16 to 256, by the memories there are."""

    # The front door
    host: str = "127.0.0.1"
    """Address the web process listens on."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    """Port the web process listens on."""
    api_key: SecretStr | None = None
    """Presets the first owner's API key instead of making one."""
    body_max_bytes: Positive = 16 * 1024 * 1024
    """Larger request bodies are refused with 413."""
    bulk_max_bytes: Positive = 4 * 1024**3
    """Larger uploads to /v1/bulk are refused with 413; they are never held in memory."""
    bulk_line_max_bytes: Positive = 4 * 1024 * 1024
    """Longer lines of a bulk upload are refused, and the others taken."""
    bulk_uploads_max: Positive = 16
    """Most bulk uploads at once in one web process; then 503."""
    exports_max: Positive = 4
    """Most exports streamed at once by one web process; then 503. An account has one at a time."""
    export_ttl_s: Positive = 7 * 24 * 3600
    """How long an export in a schema of the application's can be read."""
    batch_max_messages: Positive = 1_000
    """Most messages in one add."""
    message_max_bytes: Positive = 1024 * 1024
    """Longest single message."""
    metadata_max_bytes: Positive = 16 * 1024
    """Largest metadata object, as JSON."""
    content_max_chars: Positive = 100_000
    """Longest content stored by Memory Layer's clients; then 422."""
    pool_users: bool = False
    """Lets Memory Layer's clients leave out external_user_id: searches without it then show them the memories of all users."""
    connections_max: Positive = 4_000
    """Most connections, and most requests under way, of one web process; then 503."""
    waits_max: Positive = 1_000
    """Most requests that wait for an outcome at once in one web process; then 503."""
    wait_timeout_s: Seconds = 30
    """How long a synchronous add, edit or deletion waits for its outcome before 503."""
    session_secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    """Secret of session tokens (HS256, 32 characters or more) that may manage API keys over HTTP: `mneme session create` makes them."""
    session_jwks_url: str | None = None
    """Keys of a provider whose session tokens (RS256, ES256) may: Supabase's /auth/v1/.well-known/jwks.json, or any OIDC provider's."""
    session_audience: str = "authenticated"
    """Audience that session tokens must name."""
    session_issuer: str | None = None
    """Issuer that session tokens must name. Absent: any whose signature is good."""
    admin_token: Annotated[SecretStr, Field(min_length=16)] | None = None
    """Token that may manage the API keys of the first owner, or of the one named in the header X-Mneme-Owner."""
    plan: Literal["none", "free", "starter", "pro", "enterprise"] = "none"
    """Plan of owners that `mneme owner set-plan` gave none: how many memories, searches and tokens they may have."""
    requests_per_s: Positive | None = None
    """Most requests of one owner in a second, over all web processes; then 429. Absent: as many as come."""
    ready_max_lag_s: Seconds = 60
    """/ready fails when the oldest waiting event is older."""
    request_timeout_s: Seconds = 60
    """Longest any request may take."""

    # The pipeline
    mailbox_max_events: Positive = 200_000
    """Most events waiting in one shard; then 429."""
    subject_max_events: Positive = 20_000
    """Most events waiting of one subject; then 429."""
    mailbox_max_bytes: Positive = 256 * 1024**2
    """Most bytes of events waiting in one shard; then 429. Times MNEME_SHARDS it is what Redis needs memory for."""
    subject_max_bytes: Positive = 64 * 1024**2
    """Most bytes of events waiting of one subject; then 429."""
    flood_events: Positive = 64
    """An owner with more events waiting in a shard than this is served in the bulk lane there."""
    receipt_ttl_s: Positive = 7 * 24 * 3600
    """How long a closed receipt can be read."""
    receipts_max: Positive = 10_000
    """Most receipts listed for an owner; older ones are dropped from the list first."""
    receipts_max_bytes: Annotated[int, Field(ge=1024**2)] = 512 * 1024**2
    """Most bytes of Redis' memory that closed receipts take, or half of its `maxmemory`; over it the oldest of who has most go early."""
    lease_s: Seconds = 10
    """How long a shard stays owned without a sign of life."""
    slice_s: Seconds = 60
    """How long one worker keeps a busy shard before it lets another take it."""
    linger_s: Seconds = 5
    """How long an owner waits on an empty shard for more before it lets go."""
    window_events: Positive = 512
    """Most events of a shard in flight at once."""
    attempts_max: Positive = 5
    """Tries of an event before it goes to the dead letters."""
    retry_base_s: Seconds = 1
    """First back-off after an upstream failure; doubles up to retry_max_s."""
    retry_max_s: Seconds = 60
    """Longest back-off."""
    worker_shards: Positive = 8
    """Most shards one worker process owns at once."""
    worker_nice: Annotated[int, Field(ge=0, le=19)] = 10
    """How far workers and tenders step back behind what somebody waits for on the same machine (niceness); 0 is not at all."""
    sweep_s: Seconds = 2
    """How often shards with waiting events and no owner are looked for."""
    dead_letters_max: Positive = 100_000
    """Most dead letters kept."""
    dead_letters_max_bytes: Positive = 256 * 1024**2
    """Most bytes of events in them; the oldest go first."""

    # Maintenance
    maintenance_hour: Annotated[int, Field(ge=0, le=23)] = 3
    """Hour of the day (UTC) from which the periods below are counted: what comes every 24 h comes then."""
    importance_every_h: Hours = 24
    """How often every memory's importance is recalculated, in hours; 0 is never."""
    links_every_h: Hours = 6
    """How often new memories are linked to the nearest of the same user, in hours; 0 is never."""
    pruning_every_h: Hours = 24
    """How often memories beyond the limits below are pruned, in hours; 0 is never."""
    summaries_every_h: Hours = 0
    """How often related memories are summarised, in hours; 0 is never, only when asked for."""
    upkeep_every_h: Hours = 24
    """How often the whole store is compacted and old undo records dropped, in hours; 0 is never."""
    accesses_every_s: Annotated[float, Field(ge=1, le=60)] = 30
    """How often counted reads are folded into the memories; a shard's are at most a fiftieth of the time."""
    accesses_max: Positive = 50_000
    """Most memories of a shard whose reads are counted between two foldings."""
    prune_expired: bool = True
    """Scheduled pruning takes memories whose expiry is past."""
    prune_max_age_days: Days | None = None
    """Scheduled pruning takes memories made longer ago than this. Absent: it looks at no age."""
    prune_min_importance: Annotated[float, Field(ge=0, le=1)] | None = None
    """Scheduled pruning takes memories of less importance (0..1). Absent: it looks at no importance."""
    prune_max_memories: Annotated[int, Field(ge=0, le=_COUNTED)] | None = None
    """Scheduled pruning takes the oldest of users with more memories. Absent: users may have any number."""
    prune_archive_only: bool = True
    """Scheduled pruning archives. False: it deletes."""
    link_similarity: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Least cosine of two memories that are linked."""
    links_max: Positive = 8
    """Most links of one memory."""
    summary_similarity: Annotated[float, Field(ge=0, le=1)] = 0.55
    """Least cosine of a memory to the middle one of those it is summarised with."""
    summary_min_memories: Annotated[int, Field(ge=2, le=100)] = 3
    """Fewest memories that make a summary."""
    summary_max_memories: Annotated[int, Field(ge=2, le=100)] = 20
    """Most memories in one summary."""
    summary_sources: Literal["archive", "keep"] = "archive"
    """What becomes of summarised memories."""
    erasure_grace_s: Annotated[float, Field(ge=0, le=_LONG_S)] = 600
    """How long files with an erased user's words are kept for reads that began before; erasing `now` waits for none."""
    undo_days: Days = 30
    """How long a maintenance run can be undone and its report read."""

    # Queue producers
    broker_urls: str | None = None
    """Message brokers to take messages from, comma separated; `redis` is the one we use ourselves. Where set, `mneme up` consumes them."""
    broker_trusted_owner: Annotated[str, Field(min_length=1)] | None = None
    """Account that messages without an API key belong to. Absent: they are refused."""
    broker_claim_s: Seconds = 15
    """How long a consumer may be silent before others take over what it held (Redis, NATS)."""
    broker_attempts_max: Positive = 10
    """Times a message may end the consumer that handles it before it goes to the queue's dead letters."""

    # Lifecycle events and webhooks
    lifecycle_max: Positive = 10_000
    """Most lifecycle events kept for an owner, for streams to resume from; about so many, the oldest go first."""
    lifecycle_ttl_s: Positive = 7 * 24 * 3600
    """How long the lifecycle events of an owner of whom there is nothing new are kept."""
    streams_max: Positive = 200
    """Most lifecycle streams open at once in one web process; then 503."""
    outbox_max: Positive = 200_000
    """Most lifecycle events waiting for brokers and webhooks to take them; then the oldest go."""
    webhook_private: bool = False
    """Lets webhooks point at private, loopback and link-local addresses. Whoever has an API key then reaches what this machine reaches."""
    webhook_timeout_s: Seconds = 10
    """Longest wait for a webhook's answer."""
    webhook_retry_s: Seconds = 24 * 3600
    """How long a delivery is tried again before it is given up."""
    webhook_retry_base_s: Seconds = 5
    """First back-off of a delivery; doubles up to webhook_retry_max_s."""
    webhook_retry_max_s: Seconds = 600
    """Longest back-off of a delivery."""
    webhook_concurrency: Positive = 4
    """Most deliveries to one webhook at once."""
    webhook_queue_max: Positive = 50_000
    """Most deliveries waiting for one webhook; then the newest are not made, which its list of deliveries tells."""
    webhook_log_max: Positive = 1_000
    """Most past deliveries of a webhook kept to be looked at and sent again."""

    # Models
    llm_model: str | None = None
    """Chat model for extraction and answers, as litellm names it (e.g. openai/gpt-4o-mini). Absent: the built-in extractor."""
    llm_api_base: str | None = None
    """Base URL of the model's API, where it is not the provider's own."""
    llm_api_key: SecretStr | None = None
    """Key for the model's API."""
    llm_timeout_s: Seconds = 60
    """Longest wait for one answer of the chat model."""
    llm_concurrency: Positive = 8
    """Most calls to the chat model at once in one process."""
    embedding_model: str | None = None
    """Embedding model as litellm names it. Absent: the built-in all-MiniLM-L6-v2."""
    embedding_dimension: Positive | None = None
    """Dimension of `embedding_model`; required with it."""
    embedding_api_base: str | None = None
    """Base URL of the embedding model's API; llm_api_base where absent."""
    embedding_api_key: SecretStr | None = None
    """Key for the embedding model's API; llm_api_key where absent."""
    embedding_timeout_s: Seconds = 30
    """Longest wait for one batch of embeddings."""
    embedding_threads: Positive | None = None
    """Threads of the built-in embedder in one process; the number of cores where absent."""
    embedding_precision: Literal["int8", "fp32"] = "int8"
    """int8 is 2-3 times faster at mean cosine 0.99 to fp32. Vectors of the two may share a store."""

    # Chat
    chat_memory_tokens: Positive = 1_500
    """Most tokens of memories put before the chat model, estimated at 3 bytes each."""
    chat_history_tokens: Positive = 4_000
    """Most tokens of earlier turns of a conversation put before it; never more than 10 turns."""
    chat_reply_tokens: Positive = 1_024
    """Longest reply of the chat model in tokens."""
    chat_conversation_ttl_s: Positive = 7 * 24 * 3600
    """How long a silent conversation is kept."""
    chat_conversations_max: Positive = 10_000
    """Most conversations kept for an owner; those longest silent are dropped first."""
    stream_heartbeat_s: Seconds = 15
    """A stream that has nothing to say sends a comment this often, so that nobody on the way takes it for dead."""

    # Logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Memory text is never logged at INFO or above."""
    log_format: Literal["console", "json"] = "console"
    """How log lines are written."""

    @property
    def redis_dsn(self) -> str:
        """Where Redis answers: the one configured, or the embedded one's socket."""
        return self.redis_url or f"unix://{self.data_dir.resolve()}/redis/redis.sock"

    @property
    def store_location(self) -> str:
        """Where LanceDB lies: the URI configured, or the embedded one's folder."""
        return self.store_uri or str(self.data_dir.resolve() / "store")

    @property
    def models_location(self) -> Path:
        """Where the built-in model's file is kept."""
        return self.models_dir or self.data_dir.resolve() / "models"
