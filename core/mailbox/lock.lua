-- The commit lock for who has no lease. ARGV: shard, holder (unique to the attempt), take | keep | drop | leave, TTL in ms. Gives 1 if
-- it was done, and 2 for who took it and must fence the shard first. Who could not do that leaves, for the next one to do it.
local shard, holder, verb = ARGV[1], ARGV[2], ARGV[3]
local key = box(shard, 'commit')
local held = redis.call('GET', key)
if verb == 'take' and (not held or held == holder) then
  redis.call('SET', key, holder, 'PX', ARGV[4])
  return writes(shard, holder)
elseif held ~= holder then
  return 0
elseif verb == 'keep' then
  redis.call('PEXPIRE', key, ARGV[4])
else
  redis.call('DEL', key)
  if verb == 'drop' then
    wrote(shard)
  end
end
return 1
