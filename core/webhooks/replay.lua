-- ARGV: webhook, delivery id, what it is about, JSON, now in ms. Gives 0 when it is not over, or no longer kept.
if redis.call('ZREM', at('log'), ARGV[2]) == 0 then
  return 0
end
stand_in_line(ARGV[2], ARGV[3], ARGV[4], ARGV[5])
return 1
