-- fenced. ARGV[3]: most receipts of an owner, [4]: receipt TTL in seconds, [5]: most dead letters, [6]: most bytes of
-- these, [7]: most bytes of closed receipts, [8]: how long somebody may wait for one, in ms, [9..12]: bounds as in say.lua; then nine an
-- entry, as named in `entry_at`.
-- Gives how many were closed: an entry that is gone was closed before, and nothing of it is touched again.
local receipts_most, ttl_s, letters_most, letters_bytes = tonumber(ARGV[3]), ARGV[4], ARGV[5], tonumber(ARGV[6])
local receipts_bytes, wait_ms = tonumber(ARGV[7]), tonumber(ARGV[8])
local bounds = bounds_at(9)
local FIRST, WIDTH = 13, 9

local function entry_at(i)
  return {
    lane = ARGV[i], at = ARGV[i + 1], id = ARGV[i + 2], owner = ARGV[i + 3], subject = ARGV[i + 4], barrier = ARGV[i + 5],
    receipt = ARGV[i + 6], error = ARGV[i + 7],  -- error: '' unless the event is buried
    told = ARGV[i + 8],  -- the lifecycle event that tells of it, or ''
  }
end

-- Each letter says how many bytes were buried before it, so that what lies between the first and the last is known whatever was taken out.
local function bury(entry, event)
  local buried = redis.call('INCRBY', BURIED, #event)
  redis.call('XADD', DEAD, 'MAXLEN', '~', letters_most, '*', 'shard', shard, 'id', entry.id, 'owner', entry.owner,
    'error', entry.error, 'event', event, 'before', buried - #event)
  for _ = 1, 1000 do
    local rows = redis.call('XRANGE', DEAD, '-', '+', 'COUNT', 2)
    local fields = rows[1][2]
    local before = fields[11] == 'before' and tonumber(fields[12]) or 0  -- 0: from a version that did not say
    if #rows == 1 or buried - before <= letters_bytes then
      return
    end
    redis.call('XDEL', DEAD, rows[1][1])
  end
end

local function close(entry, notices)
  local open = redis.call('HMGET', OPEN .. entry.id, 'created', 'reply', 'job', 'size')
  entry.size = tonumber(open[4] or 0)
  count(shard, entry, -1)
  redis.call('DEL', OPEN .. entry.id)
  redis.call('SET', CLOSED .. entry.id, entry.receipt, 'EX', ttl_s)
  put_by(entry.owner, entry.id, #entry.receipt)
  if open[1] then
    index(entry.owner, entry.id, open[1], receipts_most, ttl_s)
  end
  if open[3] then
    note_outcome(open[3], entry.receipt)
  end
  for channel in string.gmatch(open[2] or '', '%S+') do
    notices[channel] = notices[channel] or {}
    table.insert(notices[channel], entry.id)
  end
end

local closed, notices = 0, {}
for i = FIRST, #ARGV, WIDTH do
  local entry = entry_at(i)
  local rows = entry.error ~= '' and redis.call('XRANGE', box(shard, entry.lane), entry.at, entry.at)
  if redis.call('XDEL', box(shard, entry.lane), entry.at) == 1 then
    close(entry, notices)
    if rows then
      bury(entry, rows[1][2][8])
    end
    if entry.told ~= '' then
      say(entry.owner, entry.told, bounds)
    end
    closed = closed + 1
  end
end
for channel, ids in pairs(notices) do
  redis.call('PUBLISH', REPLY .. channel, cjson.encode(ids))
end
keep(receipts_bytes, tonumber(ttl_s), wait_ms)
tally(ttl_s)
ring()
if waiting(shard) == 0 then
  redis.call('DEL', box(shard, 'counts'))
end
return closed
