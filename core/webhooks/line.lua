-- A webhook's deliveries. Of each line - all about the same memory - only the first is due; the next one when that is over.
-- ARGV[1]: webhook. A member of `line` and `due` is "about number delivery"; its number has 16 digits.
local hook = ARGV[1]

local function at(part)
  return HOOK .. hook .. ':' .. part
end

local function first_about(about)
  return redis.call('ZRANGEBYLEX', at('line'), '[' .. about .. ' ', '(' .. about .. '!', 'LIMIT', 0, 1)[1]
end

local function stand_in_line(id, about, delivery, now_ms)
  local number = redis.call('HINCRBY', at('state'), 'number', 1)
  local member = string.format('%s %016.0f %s', about, number, id)
  redis.call('HSET', at('deliveries'), id, delivery)
  redis.call('ZADD', at('line'), 0, member)
  if first_about(about) == member then
    redis.call('ZADD', at('due'), now_ms, member)
  end
  redis.call('SADD', BUSY, hook)
end
