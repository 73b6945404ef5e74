-- Redis refuses a script over `maxmemory` only at its first write, if that may need memory. This one needs none: who works
-- events off must not be stopped by the very memory that their end sets free. (Accepting stops well before; see room.py.)
redis.call('DEL', BOX .. 'none')
