-- fenced. ARGV[3]: token, [4]: '1' to let go only of an empty shard, then ids of events given back in good order.
if ARGV[4] == '1' and waiting(shard) > 0 then
  return 0
end
for i = 5, #ARGV do
  if redis.call('HGET', OPEN .. ARGV[i], 'by') == ARGV[3] then
    redis.call('HDEL', OPEN .. ARGV[i], 'by')
    redis.call('HSET', OPEN .. ARGV[i], 'status', 'PENDING')
  end
end
if redis.call('GET', box(shard, 'commit')) == lease then
  redis.call('DEL', box(shard, 'commit'))
end
redis.call('DEL', box(shard, 'lease'), box(shard, 'woken'))
return 1
