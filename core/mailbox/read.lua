-- fenced. ARGV[3]: token, [4] and [5]: last ids read in live and bulk, [6]: most entries, [7]: how many of those are kept for
-- bulk, [8]: bytes of events after which no more are taken. Gives rows {lane, entry id, event id, owner, subject, event,
-- attempts, deaths, work}. Live comes first, and bulk never overtakes what was accepted before it in live.
local token, most, kept, most_bytes = ARGV[3], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local rows, bytes = {}, 0

local function reader(lane, after)
  return { lane = lane, key = box(shard, lane), after = after }
end

local function peek(from)
  if from.next == nil then
    from.next = redis.call('XRANGE', from.key, '(' .. from.after, '+', 'COUNT', 1)[1] or false
  end
  return from.next
end

local function take(from)
  local entry, fields = from.next[1], from.next[2]
  from.after, from.next = entry, nil
  local kept = redis.call('HMGET', OPEN .. fields[2], 'attempts', 'deaths', 'by', 'work')
  local deaths = tonumber(kept[2] or 0)
  -- an earlier owner had it under way and never gave it back
  if kept[3] and kept[3] ~= token then
    deaths = deaths + 1
  end
  bytes = bytes + #fields[8]
  rows[#rows + 1] = { from.lane, entry, fields[2], fields[4], fields[6], fields[8], kept[1] or '0', deaths, kept[4] }
end

local function at(next)
  local ms, us = string.match(next[1], '(%d+)-(%d+)')
  return ms * 1000 + us
end

local function room(limit)
  return #rows < limit and bytes < most_bytes
end

local live, bulk = reader('live', ARGV[4]), reader('bulk', ARGV[5])
while room(most - kept) and peek(live) do
  take(live)
end
while room(most) and peek(bulk) and (not peek(live) or at(peek(bulk)) < at(peek(live))) do
  take(bulk)
end
while room(most) and peek(live) do
  take(live)
end
return rows
