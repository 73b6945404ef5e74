-- fenced. ARGV[3]: TTL in ms. Gives 0 while another holds the lock; 1 when the owner may commit, 2 when it must fence the shard first.
local held = redis.call('GET', box(shard, 'commit'))
if held and held ~= lease then
  return 0
end
redis.call('SET', box(shard, 'commit'), lease, 'PX', ARGV[3])
return writes(shard, lease)
