-- ARGV: shard, lease. Nothing is done for a lease that is not the shard's current one: the answer is nil.
local shard, lease = ARGV[1], ARGV[2]
if redis.call('GET', box(shard, 'lease')) ~= lease then
  return false
end
