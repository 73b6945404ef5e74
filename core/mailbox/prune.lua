-- ARGV: owner, most to look at. The oldest of an owner's listed receipts that have expired leave the list.
local key = INDEX .. ARGV[1]
for _ = 1, tonumber(ARGV[2]) do
  local id = redis.call('ZRANGE', key, 0, 0)[1]
  if not id or redis.call('EXISTS', OPEN .. id, CLOSED .. id) > 0 then
    break
  end
  redis.call('ZREM', key, id)
end
return redis.call('ZCARD', key)
