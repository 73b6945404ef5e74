-- fenced. ARGV[3]: event id, [4]: error. Gives {attempts, deaths}, this failure counted; nothing for an event that is closed.
local key = OPEN .. ARGV[3]
if redis.call('EXISTS', key) == 0 then
  return {}
end
local time = redis.call('TIME')
redis.call('HINCRBY', key, 'attempts', 1)
redis.call('HSET', key, 'error', ARGV[4], 'updated', string.format('%.0f', time[1] * 1000000 + time[2]))
return redis.call('HMGET', key, 'attempts', 'deaths')
