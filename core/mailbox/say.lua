-- Lifecycle events, for whoever listens: into their owner's stream, and into the outbox where a broker or a webhook wants them.

-- ARGV[at..]: most in an owner's stream, its TTL in seconds, most in the outbox, '1' where brokers want them.
local function bounds_at(at)
  return { most = ARGV[at], ttl_s = ARGV[at + 1], outbox_most = ARGV[at + 2], published = ARGV[at + 3] == '1' }
end

-- Whoever is away for too long misses the oldest: that is counted, for the tender to tell (dropped.lua).
local function post(event, bounds)
  local before = redis.call('XLEN', OUTBOX)
  redis.call('XADD', OUTBOX, 'MAXLEN', '~', bounds.outbox_most, '*', 'event', event)
  local dropped = before + 1 - redis.call('XLEN', OUTBOX)
  if dropped > 0 then
    local now = redis.call('TIME')[1]
    redis.call('HINCRBY', DROPPED, 'total', dropped)
    redis.call('HINCRBY', DROPPED, 'untold', dropped)
    redis.call('HSETNX', DROPPED, 'since', now)
    redis.call('HSET', DROPPED, 'last', now)
    redis.call('EXPIRE', DROPPED, bounds.ttl_s)
  end
end

local hooked = {}

local function say(owner, event, bounds)
  redis.call('XADD', LIFE .. owner, 'MAXLEN', '~', bounds.most, '*', 'event', event)
  if hooked[owner] == nil then
    hooked[owner] = redis.call('HEXISTS', HOOKED, owner) == 1
    redis.call('EXPIRE', LIFE .. owner, bounds.ttl_s)
  end
  if bounds.published or hooked[owner] then
    post(event, bounds)
  end
end

local function ring()
  for owner in pairs(hooked) do
    redis.call('PUBLISH', LIFE .. owner, '')
  end
end
