-- What became of the events of bulk jobs: noted while a script runs, added to the jobs' hashes (BULK .. job) once at its end.
-- A job that has expired stays gone.
local noted = {}

local function note(job, field, by)
  noted[job] = noted[job] or {}
  noted[job][field] = (noted[job][field] or 0) + by
end

-- `stored` left a memory or changed one, `skipped` had nothing to remember or nothing new, `failed` is a dead letter.
local function note_outcome(job, receipt)
  local closed, outcome = cjson.decode(receipt), 'skipped'
  for _, verdict in ipairs(closed.verdicts or {}) do
    if verdict.action ~= 'NONE' then
      outcome = 'stored'
      note(job, 'memories', verdict.action == 'DELETE' and 0 or 1)
    end
  end
  note(job, closed.status == 'FAILED' and 'failed' or outcome, 1)
end

-- How many were closed in this stretch of ten seconds and in the one before: what the rate is told by.
local function pace(key, closed, seconds)
  local stretch = math.floor(seconds / BULK_STRETCH_S)
  local last = redis.call('HMGET', key, 'stretch', 'recent')
  if tonumber(last[1] or -1) ~= stretch then
    redis.call('HSET', key, 'stretch', stretch, 'before', tonumber(last[1] or -1) == stretch - 1 and last[2] or 0, 'recent', 0)
  end
  redis.call('HINCRBY', key, 'recent', closed)
end

local function tally(ttl_s)
  local time = redis.call('TIME')
  for job, fields in pairs(noted) do
    local key = BULK .. job
    if redis.call('EXISTS', key) == 1 then
      pace(key, (fields.stored or 0) + (fields.skipped or 0) + (fields.failed or 0), tonumber(time[1]))
      for field, by in pairs(fields) do
        redis.call('HINCRBY', key, field, by)
      end
      redis.call('HSET', key, 'updated', string.format('%.0f', time[1] * 1000000 + time[2]))
      redis.call('EXPIRE', key, ttl_s)
    end
  end
end
