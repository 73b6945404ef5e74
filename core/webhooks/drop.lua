-- ARGV: webhook, now in ms; then delivery id and what it is about by turns: forgotten, wherever they stand. Whoever waits behind is due.
for i = 3, #ARGV, 2 do
  local id, about = ARGV[i], ARGV[i + 1]
  redis.call('HDEL', at('deliveries'), id)
  redis.call('ZREM', at('log'), id)
  for _, member in ipairs(redis.call('ZRANGEBYLEX', at('line'), '[' .. about .. ' ', '(' .. about .. '!')) do
    if string.match(member, '(%S+)$') == id then
      redis.call('ZREM', at('line'), member)
      redis.call('ZREM', at('due'), member)
    end
  end
  local next = first_about(about)
  if next then
    redis.call('ZADD', at('due'), 'NX', ARGV[2], next)
  end
end
if redis.call('ZCARD', at('line')) == 0 then
  redis.call('SREM', BUSY, hook)
end
return 1
