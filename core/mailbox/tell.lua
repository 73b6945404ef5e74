-- ARGV: shard, holder of the commit lock, '1' to give the lock back, bounds as in say.lua; then owner and lifecycle event by turns.
-- What was promised comes first. Gives 0, and nothing is told, for who does not hold the lock.
local shard, holder, bounds = ARGV[1], ARGV[2], bounds_at(4)
if redis.call('GET', box(shard, 'commit')) ~= holder then
  return 0
end
local promised = redis.call('LRANGE', box(shard, 'promised'), 0, -1)
for i = 1, #promised, 2 do
  say(promised[i], promised[i + 1], bounds)
end
redis.call('DEL', box(shard, 'promised'))
for i = 8, #ARGV, 2 do
  say(ARGV[i], ARGV[i + 1], bounds)
end
if ARGV[3] == '1' then
  redis.call('DEL', box(shard, 'commit'))
  wrote(shard)
end
ring()
return 1
