-- fenced. ARGV[3..]: event id and work, by turns. What is closed keeps none.
for i = 3, #ARGV, 2 do
  if redis.call('EXISTS', OPEN .. ARGV[i]) == 1 then
    redis.call('HSET', OPEN .. ARGV[i], 'work', ARGV[i + 1])
  end
end
return 1
