-- ARGV: webhook, most in line, now in ms; then delivery id, what it is about, JSON by turns. Gives the last number, and how many were new.
local new = 0
for i = 4, #ARGV, 3 do
  if redis.call('HEXISTS', at('deliveries'), ARGV[i]) == 0 then
    if redis.call('ZCARD', at('line')) < tonumber(ARGV[2]) then
      stand_in_line(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[3])
      new = new + 1
    else
      redis.call('HINCRBY', at('state'), 'dropped', 1)
    end
  end
end
return { redis.call('HGET', at('state'), 'number') or '0', new }
