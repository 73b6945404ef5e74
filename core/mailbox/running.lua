-- fenced. ARGV[3]: token, then event ids. Gives {started, attempts, deaths} an event.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local rows = {}
for i = 4, #ARGV do
  local key = OPEN .. ARGV[i]
  rows[i - 3] = {}
  if redis.call('EXISTS', key) == 1 then
    local by = redis.call('HGET', key, 'by')
    if by and by ~= ARGV[3] then
      redis.call('HINCRBY', key, 'deaths', 1)
    end
    redis.call('HSET', key, 'status', 'RUNNING', 'by', ARGV[3], 'updated', now)
    redis.call('HSETNX', key, 'started', now)
    rows[i - 3] = redis.call('HMGET', key, 'started', 'attempts', 'deaths')
  end
end
return rows
