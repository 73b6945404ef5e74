-- ARGV: event ids. Gives the work kept of each, or nil.
local blobs = {}
for i, id in ipairs(ARGV) do
  blobs[i] = redis.call('HGET', OPEN .. id, 'work')
end
return blobs
