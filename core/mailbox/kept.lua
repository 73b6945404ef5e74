-- What closed receipts take is bounded: over it the oldest of who has most go before their time. CLOSINGS holds, for each owner, which were
-- closed together; WEIGHTS what an owner's take, WEIGHT what all take.
local KEY_BYTES = 170  -- what a receipt takes in Redis beside its text
local GO_MOST, LOOKS = 5000, 100  -- most receipts that go in one call, and most closings looked at that ran out: none is long

local function weigh(owner, by)
  if tonumber(redis.call('ZINCRBY', WEIGHTS, by, owner)) <= 0 then
    redis.call('ZREM', WEIGHTS, owner)
  end
  redis.call('INCRBY', WEIGHT, by)
end

-- An owner's oldest closing. One that has closed nothing within the TTL has none any more, and weighs nothing from now on.
local function oldest(owner)
  local row = redis.call('XRANGE', CLOSINGS .. owner, '-', '+', 'COUNT', 1)[1]
  if row then
    return { id = row[1], at = tonumber(string.match(row[1], '%d+')), ids = row[2][2], bytes = tonumber(row[2][4]) }
  end
  weigh(owner, -tonumber(redis.call('ZSCORE', WEIGHTS, owner) or 0))
end

local function strike(owner, closing)
  redis.call('XDEL', CLOSINGS .. owner, closing.id)
  weigh(owner, -closing.bytes)
end

-- Receipts that ran out by themselves weigh nothing any more.
local function strike_run_out(owner, before)
  for _ = 1, LOOKS do
    local closing = oldest(owner)
    if not closing or closing.at >= before then
      return
    end
    strike(owner, closing)
  end
end

-- None goes that was closed after `before`: somebody may be waiting for it.
local function make_room(most, before)
  local gone = 0
  while gone < GO_MOST do
    local heaviest = tonumber(redis.call('GET', WEIGHT) or 0) > most and redis.call('ZREVRANGE', WEIGHTS, 0, 0)[1]
    local closing = heaviest and oldest(heaviest)
    if not closing or closing.at >= before then
      return
    end
    for id in string.gmatch(closing.ids, '%S+') do
      redis.call('DEL', CLOSED .. id)
      gone = gone + 1
    end
    strike(heaviest, closing)
  end
end

local closings = {}

-- Noted while the script runs, kept together at its end.
local function put_by(owner, id, bytes)
  closings[owner] = closings[owner] or { ids = {}, bytes = 0 }
  table.insert(closings[owner].ids, id)
  closings[owner].bytes = closings[owner].bytes + bytes + KEY_BYTES
end

-- Looked at for what has run out are those who close something now, and one of all owners, by chance.
local function keep(most, ttl_s, wait_ms)
  local time = redis.call('TIME')
  local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
  for owner, closing in pairs(closings) do
    redis.call('XADD', CLOSINGS .. owner, '*', 'ids', table.concat(closing.ids, ' '), 'bytes', closing.bytes)
    redis.call('EXPIRE', CLOSINGS .. owner, ttl_s)
    weigh(owner, closing.bytes)
    strike_run_out(owner, now_ms - ttl_s * 1000)
    make_room(most, now_ms - wait_ms)
  end
  redis.call('EXPIRE', WEIGHTS, ttl_s)
  redis.call('EXPIRE', WEIGHT, ttl_s)
  local owners = redis.call('ZCARD', WEIGHTS)
  local one = owners > 0 and redis.call('ZRANGE', WEIGHTS, time[2] % owners, time[2] % owners)[1]
  if one then
    strike_run_out(one, now_ms - ttl_s * 1000)
  end
end
