-- Part 4 of the script: the keys of one service and of its address and port.

local function read_service()
    local old = {}
    local flat = redis.call('HGETALL', key.service)
    for i = 1, #flat, 2 do
        old[flat[i]] = flat[i + 1]
    end
    return old
end

local function join_sorted(set)
    local names = {}
    for name in pairs(set) do
        names[#names + 1] = name
    end
    table.sort(names)
    return table.concat(names, ' ')
end

local function unite_roles(old)
    local roles = {}
    for role in string.gmatch(old.roles or '', '%S+') do
        roles[role] = true
    end
    for _, role in ipairs(facts.roles) do
        roles[role] = true
    end
    return join_sorted(roles)
end

local function write_fields(old, fields)
    local flat, gone = {}, {}
    for name, value in pairs(fields) do
        flat[#flat + 1] = name
        flat[#flat + 1] = value
    end
    for name in pairs(old) do
        if (string.match(name, '^sid:') or string.match(name, '^sensor:')) and not fields[name] then
            gone[#gone + 1] = name
        end
    end
    redis.call('HSET', key.service, unpack(flat))
    if #gone > 0 then
        redis.call('HDEL', key.service, unpack(gone))
    end
end

local function evidence_fields(union, fields)
    for sid, item in pairs(union) do
        fields['sid:' .. whole(sid)] = table.concat({
            whole(item.weight), kind_names[item.kind], item.content and '1' or '0', item.structural and '1' or '0',
            whole(item.told), item.reason,
        }, ' ')
    end
end

-- Clients under one key are counted in one HyperLogLog; what stands under different keys is never added
-- up, so the larger number holds: it may be too low, never too high.
local function count_clients(old)
    local count = math.max(tonumber(old.clients or '0') or 0, facts.clients)
    if #ARGV > 4 then
        redis.call('PFADD', key.clients, unpack(ARGV, 5))
    end
    if redis.call('EXISTS', key.clients) == 1 then
        redis.call('EXPIRE', key.clients, whole(facts.expire))
        count = math.max(count, redis.call('PFCOUNT', key.clients))
    end
    return whole(count)
end

-- A guard, a list, an operator or a seizure speaks for all sensors: what was united before is put away.
local replacing_states = {lowered = true, withdrawn = true, seized = true}

local notices = {seized = true, blocked = true}

-- A notice stands in the name's place, and this sensor knows of nothing but clients that look the name up: that one
-- does, or that no order names it any more, is no end of the notice.
local function is_beside_notice(old)
    return notices[old.state] and not facts.answered and (facts.state == 'new' or facts.state == 'withdrawn')
end

-- What any one sensor found for itself holds at least: a moved service is suspected with hardly any evidence
-- of its own, and block.basis may let a sensor confirm without content.
local function merge_score(union, sensors, claimants, replacing)
    local score = score_union(union, claimants)
    local level = level_of_score(score)
    if replacing then
        score, level = 0, 0
    end
    for _, sensor in pairs(sensors) do
        score = math.max(score, sensor.score)
        level = math.max(level, sensor.level)
    end
    return score, level_names[level]
end

-- Returns the merged level. A refresh changes no state, and one sensor's silence is not everybody's.
local function apply_service(old, union, sensors, replacing)
    local claimants = math.max(facts.claimants, replacing and 0 or tonumber(old.claimants or '0') or 0)
    local score, level = merge_score(union, sensors, claimants, replacing)
    local unchanged = facts.state == 'refresh' or facts.state == 'expired' or is_beside_notice(old)
    local fields = {
        id = facts.id, state = unchanged and old.state or facts.state, level = level, score = whole(score),
        family = facts.family,
        host = facts.host, server = facts.server, ip = facts.ip, port = facts.port, roles = unite_roles(old),
        clients = count_clients(old), claimants = whole(claimants), sensors = join_sorted(sensors),
        first_seen = old.first_seen and old.first_seen < facts.first_seen and old.first_seen or facts.first_seen,
        last_seen = old.last_seen and old.last_seen > facts.last_seen and old.last_seen or facts.last_seen,
        answered = (facts.answered or old.answered == '1') and '1' or '0',
        eligible = facts.block.eligible and '1' or '0', scope = facts.block.scope, basis = facts.block.basis,
        reason = facts.block.reason, order = facts.block.order,
    }
    if facts.make ~= '' then
        fields.make = facts.make
    end
    for name, sensor in pairs(sensors) do
        fields['sensor:' .. name] = whole(sensor.score) .. ' ' .. level_names[sensor.level] .. ' ' .. whole(sensor.told)
    end
    evidence_fields(union, fields)
    write_fields(old, fields)
    redis.call('EXPIRE', key.service, whole(facts.expire))
    redis.call('ZADD', key.services, 'GT', facts.last_seconds, facts.id)
    return level
end

local function forget_service()
    redis.call('DEL', key.service)
    redis.call('ZREM', key.services, facts.id)
end

-- The services of one address and port; `level` is nil where this one is no more.
local function apply_endpoint(level)
    if facts.server == '' then
        return
    end
    local gone = sweep_quietly(key.endpoint_ids)
    if level then
        redis.call('ZADD', key.endpoint_ids, whole(now + facts.expire), facts.id)
        redis.call('HSET', key.endpoint, 'id:' .. facts.id, level)
    else
        redis.call('ZREM', key.endpoint_ids, facts.id)
        gone[#gone + 1] = facts.id
    end
    local over = redis.call('ZCARD', key.endpoint_ids) - endpoint_limit
    if over > 0 then
        for _, id in ipairs(redis.call('ZRANGE', key.endpoint_ids, 0, over - 1)) do
            redis.call('ZREM', key.endpoint_ids, id)
            gone[#gone + 1] = id
        end
    end
    for _, id in ipairs(gone) do
        redis.call('HDEL', key.endpoint, 'id:' .. id)
    end
    local highest
    local flat = redis.call('HGETALL', key.endpoint)
    for i = 1, #flat, 2 do
        if string.match(flat[i], '^id:') then
            highest = math.max(highest or 0, level_ranks[flat[i + 1]] or 0)
        end
    end
    if not highest then
        redis.call('DEL', key.endpoint, key.endpoint_ids)
        return
    end
    redis.call('HSET', key.endpoint, 'level', level_names[highest])
    redis.call('EXPIRE', key.endpoint, whole(facts.expire))
    redis.call('EXPIRE', key.endpoint_ids, whole(facts.expire))
end

