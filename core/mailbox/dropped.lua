-- ARGV: seconds without another after which a burst is over, longest that one is waited for. Gives how many lifecycle events a burst that
-- is over has driven out of the outbox; it is told once, and 0 otherwise.
local untold, since, last = unpack(redis.call('HMGET', DROPPED, 'untold', 'since', 'last'))
local now = tonumber(redis.call('TIME')[1])
if not untold or (now - last < tonumber(ARGV[1]) and now - since < tonumber(ARGV[2])) then
  return 0
end
redis.call('HDEL', DROPPED, 'untold', 'since')
return tonumber(untold)
