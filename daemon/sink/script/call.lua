-- Part 5 of the script: the two calls.

-- Whether this one was taken before, or must wait for the one before it; nil where it is its turn.
local function check_turn()
    local last = tonumber(redis.call('GET', key.seq) or '0')
    if not last then
        return {err = 'VIGIETYPE ' .. key.seq .. ' holds no number'}
    end
    if facts.seq <= last then
        redis.call('EXPIRE', key.seq, seq_seconds)
        return {'again'}
    end
    if tonumber(ARGV[4]) > last then
        return {err = 'VIGIEGAP ' .. ARGV[4] .. ' was not taken'}
    end
end

local function apply_states(old)
    local oldest = now - facts.expire
    local beside = is_beside_notice(old)
    local replacing = replacing_states[facts.state] and not beside
    local union = replacing and {} or read_evidence(old, oldest)
    local sensors = replacing and {} or read_sensors(old, oldest)
    local refused = apply_block(old)
    if facts.state == 'expired' or (beside and facts.state == 'withdrawn') then
        sensors[facts.sensor] = nil
    elseif facts.state == 'withdrawn' then
        sensors[facts.sensor] = {score = 0, level = 0, told = now} -- the event tells what it was held for
    else
        add_evidence(union)
        sensors[facts.sensor] = {score = facts.score, level = level_ranks[facts.level], told = now}
    end
    limit(union)
    limit(sensors)
    if next(sensors) == nil then
        forget_service()
        apply_endpoint(nil)
    else
        apply_endpoint(apply_service(old, union, sensors, replacing))
    end
    return refused
end

local function take_detection()
    local wrong = check_detection()
    if wrong then
        return {err = wrong}
    end
    local turn = check_turn()
    if turn then
        return turn
    end
    local first, refused = 0, 0
    if not facts.home then
        local old = read_service()
        first = next(old) == nil and 1 or 0
        local written = redis.pcall('HSET', key.service, 'id', facts.id)
        if type(written) == 'table' then
            return written
        end
        refused = apply_states(old)
    end
    if facts.block.touch then
        sweep()
    end
    local entry = redis.pcall('XADD', key.detections, 'MAXLEN', '~', whole(facts.keep), '*', 'sensor', facts.sensor,
        'epoch', facts.epoch, 'seq', whole(facts.seq), 'mode', facts.mode, 'id', facts.id, 'state', facts.state,
        'level', facts.level, 'score', whole(facts.score), 'family', facts.family, 'ip', facts.ip,
        'port', facts.port, 'host', facts.host, 'first', whole(first), 'event', ARGV[3])
    if type(entry) == 'table' then
        return entry
    end
    if redis.call('EXISTS', key.service) == 1 then
        redis.call('HSET', key.service, 'event', entry)
    end
    redis.call('SET', key.seq, whole(facts.seq), 'EX', seq_seconds)
    return {'taken', entry, first, refused}
end

-- Members of the paging set whose service has expired are found by sampling: their scores are packet
-- times, which in a replay lie years back, so that no score tells.
local function sweep_services()
    for _, id in ipairs(redis.call('ZRANDMEMBER', key.services, sweep_limit)) do
        if redis.call('EXISTS', facts.prefix .. ':service:' .. id) == 0 then
            redis.call('ZREM', key.services, id)
        end
    end
end

local function take_heartbeat()
    local wrong = type(facts) ~= 'table' and 'VIGIEARG facts: expected a JSON object' or
        check_types(facts, heartbeat_types, 'facts')
    if wrong then
        return {err = wrong}
    end
    local written = redis.pcall('HSET', key.sensor, 'heartbeat', whole(now))
    if type(written) == 'table' then
        return written
    end
    for name, value in pairs(facts.fields) do
        redis.call('HSET', key.sensor, name, value)
    end
    redis.call('EXPIRE', key.sensor, whole(facts.expire))
    sweep()
    sweep_lists()
    sweep_services()
    return {'beat'}
end

local names = key_names[ARGV[1]]
if not names or not ARGV[2] then
    return {err = 'VIGIEARG expected detection or heartbeat, and facts'}
end
local wrong = check_keys(names)
if wrong then
    return {err = wrong}
end
local decoded
decoded, facts = pcall(cjson.decode, ARGV[2])
if not decoded then
    return {err = 'VIGIEARG facts: no JSON'}
end
return ARGV[1] == 'detection' and take_detection() or take_heartbeat()
