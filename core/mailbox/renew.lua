-- fenced. ARGV[3]: TTL in ms. The commit lock, where the owner holds it, lives on with the lease.
redis.call('PEXPIRE', box(shard, 'lease'), ARGV[3])
if redis.call('GET', box(shard, 'commit')) == lease then
  redis.call('PEXPIRE', box(shard, 'commit'), ARGV[3])
end
return 1
