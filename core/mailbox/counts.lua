-- What waits in a shard, by subject and owner: s<subject> in both lanes, b<subject> in bulk, l<owner> in live,
-- o<owner> in bulk, f<owner> the barriers among those; z<subject> and Z the bytes of a subject's and of all events. A field that falls to 0 goes.

local function box(shard, part)
  return BOX .. shard .. ':' .. part
end

local function add(shard, field, by)
  if redis.call('HINCRBY', box(shard, 'counts'), field, by) <= 0 then
    redis.call('HDEL', box(shard, 'counts'), field)
  end
end

-- `by` is 1 or -1; an event weighs the same when it goes as when it came.
local function count(shard, entry, by)
  local fields = { 's' .. entry.subject, 'l' .. entry.owner }
  if entry.lane == 'bulk' then
    fields = { 's' .. entry.subject, 'b' .. entry.subject, 'o' .. entry.owner }
    if entry.barrier == '1' then
      fields[4] = 'f' .. entry.owner
    end
  end
  for _, field in ipairs(fields) do
    add(shard, field, by)
  end
  if entry.size > 0 then
    add(shard, 'z' .. entry.subject, by * entry.size)
    add(shard, 'Z', by * entry.size)
  end
end

local function waiting(shard)
  return redis.call('XLEN', box(shard, 'live')) + redis.call('XLEN', box(shard, 'bulk'))
end

-- Who may have a commit under way is noted when the commit lock is taken, and struck out when it is given back. Gives 2 where an
-- earlier holder never gave it back, otherwise 1.
local function writes(shard, holder)
  redis.call('HSETNX', box(shard, 'state'), 'writes', holder)
  return redis.call('HGET', box(shard, 'state'), 'writes') == holder and 1 or 2
end

local function wrote(shard)
  redis.call('HDEL', box(shard, 'state'), 'writes')
end

-- An owner's receipts, newest last; bounded, and gone with the last of them.
local function index(owner, id, created, most, ttl_s)
  if redis.call('ZADD', INDEX .. owner, created, id) == 1 then
    redis.call('ZREMRANGEBYRANK', INDEX .. owner, 0, -(most + 1))
  end
  redis.call('EXPIRE', INDEX .. owner, ttl_s)
end
