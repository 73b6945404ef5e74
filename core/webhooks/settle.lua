-- ARGV: webhook, member, delivery id, JSON, '1' if it is over, when it is tried again (now, if it is over) in ms, most in the log.
-- Gives 0 when it is not in line: its webhook was deleted, or it was settled before.
local member, id, moment = ARGV[2], ARGV[3], ARGV[6]
if not redis.call('ZSCORE', at('line'), member) then
  return 0
end
redis.call('HSET', at('deliveries'), id, ARGV[4])
if ARGV[5] == '0' then
  redis.call('ZADD', at('due'), moment, member)
  return 1
end
redis.call('ZREM', at('line'), member)
redis.call('ZREM', at('due'), member)
redis.call('ZADD', at('log'), moment, id)
local next = first_about(string.match(member, '^(%S+) '))
if next then
  redis.call('ZADD', at('due'), 'NX', moment, next)
end
while redis.call('ZCARD', at('log')) > tonumber(ARGV[7]) do
  redis.call('HDEL', at('deliveries'), redis.call('ZPOPMIN', at('log'))[1])
end
if redis.call('ZCARD', at('line')) == 0 then
  redis.call('SREM', BUSY, hook)
end
return 1
