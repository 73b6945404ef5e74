-- ARGV[1]: number of shards. Gives {now in microseconds, {waiting in live, in bulk, 1 if owned, id of the oldest entry in each lane or '', bytes} a shard}.
local time = redis.call('TIME')
local rows = {}
for shard = 0, tonumber(ARGV[1]) - 1 do
  local row = { 0, 0, redis.call('EXISTS', box(shard, 'lease')), '', '', tonumber(redis.call('HGET', box(shard, 'counts'), 'Z') or 0) }
  for i, lane in ipairs({ 'live', 'bulk' }) do
    row[i] = redis.call('XLEN', box(shard, lane))
    local oldest = row[i] > 0 and redis.call('XRANGE', box(shard, lane), '-', '+', 'COUNT', 1)[1]
    row[3 + i] = oldest and oldest[1] or ''
  end
  rows[shard + 1] = row
end
return { string.format('%.0f', time[1] * 1000000 + time[2]), rows }
