-- ARGV: shard, holder of the commit lock; then owner and lifecycle event by turns: to be told once what they tell of is committed.
-- Gives 0, and nothing is noted, for who does not hold the lock.
local shard, holder = ARGV[1], ARGV[2]
if redis.call('GET', box(shard, 'commit')) ~= holder then
  return 0
end
for i = 3, #ARGV do
  redis.call('RPUSH', box(shard, 'promised'), ARGV[i])
end
return 1
