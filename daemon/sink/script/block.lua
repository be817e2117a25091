-- Part 2 of the script: proposals, blocks, the lists that forbid them, and sweeping what is due.

-- One line of the stream that consumers of block lists follow; its rev rises in the same step.
local function tell_block(op, set, target, expires, about)
    local rev = redis.call('INCR', key.rev)
    redis.call('XADD', key.blocks, 'MAXLEN', '~', whole(facts.keep), '*', 'rev', whole(rev), 'op', op, 'set', set,
        'target', target, 'expires', expires, 'reason', about.reason, 'basis', about.basis, 'order', about.order,
        'id', about.id, 'sensor', facts.sensor)
end

-- One line of the stream that sensors follow for the operators' lists (script/lists.lua writes the others).
local function tell_list(list, op, entry, value, count)
    redis.call('XADD', key.lists, 'MAXLEN', '~', whole(facts.keep), '*', 'rev',
        whole(redis.call('INCR', key.lists_rev)), 'list', list, 'op', op, 'entry', entry, 'value', value,
        'count', count)
end

-- Entries whose time has passed leave their list.
local function sweep_lists()
    local due = redis.call('ZRANGEBYSCORE', key.lists_until, '-inf', now, 'LIMIT', 0, sweep_limit)
    for _, member in ipairs(due) do
        local list, entry = string.match(member, '^(%a+) (.+)$')
        redis.call('ZREM', key.lists_until, member)
        if list and list ~= 'shared' and key[list] and redis.call('HDEL', key[list], entry) == 1 then
            tell_list(list, 'expire', entry, '', whole(redis.call('HLEN', key[list])))
        end
    end
end

local function sweep_blocks()
    local about = {reason = 'expired', basis = '', order = '', id = ''}
    for _, set in ipairs(target_sets) do
        local block = key['block_' .. set]
        local due = redis.call('ZRANGEBYSCORE', block, '-inf', now, 'WITHSCORES', 'LIMIT', 0, sweep_limit)
        for i = 1, #due, 2 do
            redis.call('ZREM', block, due[i])
            tell_block('expire', set, due[i], due[i + 1], about)
        end
    end
end

local function sweep_quietly(zset)
    local due = redis.call('ZRANGEBYSCORE', zset, '-inf', now, 'LIMIT', 0, sweep_limit)
    if #due > 0 then
        redis.call('ZREM', zset, unpack(due))
    end
    return due
end

local function sweep()
    sweep_blocks()
    for _, set in ipairs(target_sets) do
        sweep_quietly(key['propose_' .. set])
    end
    sweep_quietly(key.shared_ip)
end

local function withdraw_target(set, target, reason)
    redis.call('ZREM', key['propose_' .. set], target)
    local expires = redis.call('ZSCORE', key['block_' .. set], target)
    if expires then
        redis.call('ZREM', key['block_' .. set], target)
        tell_block('withdraw', set, target, whole(now), {reason = reason, basis = facts.block.basis,
            order = facts.block.order, id = facts.id})
    end
end

-- Ends what this service proposed before. Where the service's own memory of it is gone, both its address
-- and its name: taking back too much is repaired by the next detection, blocking too much is not.
local function withdraw_service(old, reason)
    local known = old.target_ip or old.target_host
    if facts.server ~= '' and (old.target_ip or not known) then
        withdraw_target(facts.block.set, facts.server, reason)
    end
    if facts.host ~= '' and (old.target_host or not known) then
        withdraw_target('host', facts.host, reason)
    end
end

-- Whether the operator's lists name the address, a prefix of it, the name, or a name above it as `.name` or
-- `*.name`, which leaves the name itself out.
local function listed(list)
    local entries = {}
    if facts.ip ~= '' then
        entries[#entries + 1] = facts.ip
    end
    for _, prefix in ipairs(facts.prefixes) do
        entries[#entries + 1] = tostring(prefix)
    end
    if facts.host ~= '' then
        entries[#entries + 1] = facts.host
        local rest = '.' .. facts.host
        while rest do
            entries[#entries + 1] = rest
            rest = string.match(rest, '^%.[^.]*(%..*)$')
            if rest then
                entries[#entries + 1] = '*' .. rest
            end
        end
    end
    for _, entry in ipairs(entries) do
        local ends = tonumber(redis.call('ZSCORE', key.lists_until, list .. ' ' .. entry) or '0')
        if redis.call('HEXISTS', key[list], entry) == 1 and (ends == 0 or ends > now) then
            return true
        end
    end
    return false
end

-- Why Redis itself knows better than the sensor that this target must not be blocked; nil where it does not.
local function refusal()
    if listed('allow') then
        return 'on the allow list'
    end
    if listed('official') then
        return 'on the official list'
    end
    if facts.block.scope == 'host' and redis.call('HGET', key.name, 'state') == 'seized' then
        return 'a notice stands in its place' -- which another sensor saw
    end
    if facts.block.scope == 'ip_port' then
        local until_then = tonumber(redis.call('ZSCORE', key.shared_ip, facts.ip) or '0')
        if until_then > now then
            return 'other names on the address'
        end
    end
end

-- A target that is blocked already is extended, whoever approved it; else a new one is proposed, or blocked
-- where the configuration approves. An expiry only grows here.
local function propose(set, target)
    local expires = now + facts.block.duration
    local propose_key, block_key = key['propose_' .. set], key['block_' .. set]
    local about = {reason = facts.block.reason, basis = facts.block.basis, order = facts.block.order, id = facts.id}
    local blocked = tonumber(redis.call('ZSCORE', block_key, target) or '0')
    if blocked > now then
        if expires > blocked then
            redis.call('ZADD', block_key, whole(expires), target)
            tell_block('extend', set, target, whole(expires), about)
        end
        redis.call('ZREM', propose_key, target)
    elseif facts.block.automatic then
        redis.call('ZREM', propose_key, target)
        redis.call('ZADD', block_key, whole(expires), target)
        tell_block('add', set, target, whole(expires), about)
    else
        redis.call('ZADD', propose_key, 'GT', whole(expires), target)
    end
end

-- Returns 1 where Redis's own knowledge refused the target.
local function apply_block(old)
    local block = facts.block
    if not block.touch or facts.home then
        return 0
    end
    if facts.other_hosts > 0 and facts.ip ~= '' then
        local before = tonumber(redis.call('ZSCORE', key.shared_ip, facts.ip) or '0')
        redis.call('ZADD', key.shared_ip, 'GT', whole(now + facts.expire), facts.ip)
        if before <= now then
            tell_list('shared', 'add', facts.ip, whole(now + facts.expire), '')
        end
        if old.target_ip then
            withdraw_target(block.set, facts.server, 'other names on the address')
            redis.call('HDEL', key.service, 'target_ip')
        end
    end
    local refused = block.eligible and refusal()
    if refused or block.withdraw then
        withdraw_service(old, refused or block.reason)
        redis.call('HDEL', key.service, 'target_ip', 'target_host')
    elseif block.eligible and block.scope == 'ip_port' then
        redis.call('HSET', key.service, 'target_ip', facts.server)
        propose(block.set, facts.server)
    elseif block.eligible then
        redis.call('HSET', key.service, 'target_host', facts.host)
        propose('host', facts.host)
    end
    return refused and 1 or 0
end

