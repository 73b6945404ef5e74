-- KEYS: one hash a shard. ARGV: most fields of a hash, then for each memory the number of its key, its id and its reads.
-- A hash that is full takes no new memories: counts are lost, never memory.
local most = tonumber(ARGV[1])
for at = 2, #ARGV, 3 do
  local key, id = KEYS[tonumber(ARGV[at])], ARGV[at + 1]
  if redis.call('HLEN', key) < most or redis.call('HEXISTS', key, id) == 1 then
    redis.call('HINCRBY', key, id, ARGV[at + 2])
  end
end
return 1
