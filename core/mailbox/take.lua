-- ARGV: shard, owner (unique to the attempt), TTL in ms. Gives the new token, or nil when the shard has an owner.
local shard, owner, ttl_ms = ARGV[1], ARGV[2], ARGV[3]
local held = redis.call('GET', box(shard, 'lease'))
if held then
  local token = string.match(held, '^%d+')
  -- the same attempt again: the answer to its first was lost
  return held == token .. ':' .. owner and tonumber(token)
end
local token = redis.call('HINCRBY', box(shard, 'state'), 'token', 1)
redis.call('SET', box(shard, 'lease'), token .. ':' .. owner, 'PX', ttl_ms)
redis.call('DEL', box(shard, 'woken'))
return token
