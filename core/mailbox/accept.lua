-- Accept events, all of them or none.
-- ARGV: most in a shard, most of a subject, most bytes in a shard, most bytes of a subject, live ones an owner may have in a shard,
-- most receipts of an owner, receipt TTL in seconds, how long a wake-up is trusted in ms; then eleven an event, as named in `event_at`.
-- Gives {reason, event id} when refused, else {'accepted', shards to wake, a receipt an event}: a receipt is the list of
-- RECEIPT_FIELDS while open, JSON once closed, false if there is none (a letter that was replayed before and is forgotten).
local shard_most, subject_most, live_most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[5])
local shard_bytes, subject_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local receipts_most, ttl_s, woken_ms = tonumber(ARGV[6]), ARGV[7], ARGV[8]
local FIRST, WIDTH = 9, 11

local function event_at(i)
  return {
    shard = ARGV[i], id = ARGV[i + 1], owner = ARGV[i + 2], subject = ARGV[i + 3], kind = ARGV[i + 4], lane = ARGV[i + 5],
    barrier = ARGV[i + 6], reply = ARGV[i + 7], letter = ARGV[i + 8], job = ARGV[i + 9], body = ARGV[i + 10], size = #ARGV[i + 10],
  }
end

local function owner_of(id)
  local owner = redis.call('HGET', OPEN .. id, 'owner')
  if owner then
    return owner
  end
  local closed = redis.call('GET', CLOSED .. id)
  return closed and cjson.decode(closed).owner
end

-- Whether the event is to be appended: new, or a dead letter that still lies there.
local function is_fresh(event, owner)
  if event.letter == '' then
    return not owner
  end
  return redis.call('EXISTS', OPEN .. event.id) == 0 and #redis.call('XRANGE', DEAD, event.letter, event.letter) == 1
end

-- What waits by now of what is counted in a field, those of this call among it.
local sums = {}

local function sum(shard, field, by)
  local key = shard .. ' ' .. field
  local before = sums[key] or tonumber(redis.call('HGET', box(shard, 'counts'), field) or 0)
  sums[key] = before + by
  return before, sums[key]
end

-- An event that is too large for the bound on bytes is let in where nothing waits: it would never find room otherwise.
local function heavy(shard, field, size, most)
  local before, now = sum(shard, field, size)
  return before > 0 and now > most
end

-- First pass: nothing is written before it is known that all fit.
local events, seen, in_shard = {}, {}, {}
for i = FIRST, #ARGV, WIDTH do
  local event = event_at(i)
  local owner = owner_of(event.id)
  if owner and owner ~= event.owner then
    return { 'foreign', event.id }
  end
  event.fresh = not seen[event.id] and is_fresh(event, owner)
  seen[event.id] = true
  events[#events + 1] = event
  if event.fresh then
    in_shard[event.shard] = (in_shard[event.shard] or waiting(event.shard)) + 1
    local _, of_subject = sum(event.shard, 's' .. event.subject, 1)
    if in_shard[event.shard] > shard_most then
      return { 'shard', event.id }
    elseif of_subject > subject_most then
      return { 'subject', event.id }
    elseif heavy(event.shard, 'Z', event.size, shard_bytes) then
      return { 'heavy shard', event.id }
    elseif heavy(event.shard, 'z' .. event.subject, event.size, subject_bytes) then
      return { 'heavy subject', event.id }
    end
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- Microseconds, each once a shard and rising over both lanes, whatever the machine's clock does: the order of acceptance.
local function stamp(shard)
  local last = tonumber(redis.call('HGET', box(shard, 'state'), 'clock') or 0)
  local at = math.max(now, last + 1)
  redis.call('HSET', box(shard, 'state'), 'clock', string.format('%.0f', at))
  return at
end

-- A subject's events keep their order over the lanes: who has some in bulk joins them, and who has a barrier there waits behind
-- it; a barrier waits for all its owner has there. An owner with many in live goes on in bulk.
local function lane_of(event)
  if event.lane == 'bulk' then
    return 'bulk'
  end
  local key = box(event.shard, 'counts')
  local counts = redis.call('HMGET', key, 'b' .. event.subject, 'f' .. event.owner, 'o' .. event.owner, 'l' .. event.owner)
  local barrier = event.barrier == '1'
  local flood = not barrier and tonumber(counts[4] or 0) >= live_most
  return (counts[1] or counts[2] or (barrier and counts[3]) or flood) and 'bulk' or 'live'
end

local function append(event)
  event.lane = lane_of(event)
  local at = stamp(event.shard)
  local created = string.format('%.0f', at)
  if event.letter ~= '' then
    redis.call('XDEL', DEAD, event.letter)
    redis.call('DEL', CLOSED .. event.id)
  end
  redis.call('XADD', box(event.shard, event.lane), string.format('%.0f-%.0f', math.floor(at / 1000), at % 1000),
    'id', event.id, 'owner', event.owner, 'subject', event.subject, 'event', event.body)
  redis.call('HSET', OPEN .. event.id, 'owner', event.owner, 'kind', event.kind, 'status', 'PENDING',
    'created', created, 'updated', created, 'reply', event.reply, 'size', event.size)
  if event.job ~= '' then
    redis.call('HSET', OPEN .. event.id, 'job', event.job)
    note(event.job, event.letter == '' and 'accepted' or 'failed', event.letter == '' and 1 or -1)
  end
  count(event.shard, event, 1)
  index(event.owner, event.id, created, receipts_most, ttl_s)
end

-- The receipt of an event accepted before; whoever waits for it now is told as well.
local function join(event)
  local closed = redis.call('GET', CLOSED .. event.id)
  if event.reply == '' then
    return
  elseif closed then
    redis.call('PUBLISH', REPLY .. event.reply, cjson.encode({ event.id }))
  else
    local reply = redis.call('HGET', OPEN .. event.id, 'reply')
    if reply and not string.find(reply, event.reply, 1, true) and #reply < 1024 then
      redis.call('HSET', OPEN .. event.id, 'reply', reply .. ' ' .. event.reply)
    end
  end
end

local receipts, woken, wake = {}, {}, {}
for i, event in ipairs(events) do
  if event.fresh then
    append(event)
  else
    join(event)
  end
  local open = redis.call('EXISTS', OPEN .. event.id) == 1
  receipts[i] = open and redis.call('HMGET', OPEN .. event.id, unpack(RECEIPT_FIELDS)) or redis.call('GET', CLOSED .. event.id)
  if open and not woken[event.shard] then
    woken[event.shard] = true
    if redis.call('EXISTS', box(event.shard, 'lease')) == 0 and redis.call('SET', box(event.shard, 'woken'), '1', 'NX', 'PX', woken_ms) then
      wake[#wake + 1] = event.shard
    end
  end
end
tally(ttl_s)
return { 'accepted', wake, receipts }
