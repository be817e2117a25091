-- What a sensor tells Redis, applied to all keys in one step (design, sections 7 and 8). One script in five
-- parts, joined in the order facts, block, score, service, call. Part 1: what is told, and its checks.
--
-- For Redis 6.2 and later and Valkey: no function, no command that is younger.
--
-- KEYS: in the order of key_names below; all of them bear the same hash tag. `name` is the service of the
-- host's name alone (subject host), where a notice of seizure would stand.
-- ARGV[1]  "detection" or "heartbeat"
-- ARGV[2]  facts, a JSON object (fact_types and heartbeat_types say what stands in it)
-- ARGV[3]  detection: its event, one line of JSON
-- ARGV[4]  detection: 0, or the seq of the one sent before it in the same pipeline, whose answer its
--          sender does not know yet: where that one was not taken this one must not be either
-- ARGV[5-] detection: keyed hashes of clients
--
-- Answers {"taken", id in the stream, first, refused by a list}, {"again"} or {"beat"}, or an error that
-- begins with VIGIEARG (arguments), VIGIETYPE (a key holds something else) or VIGIEGAP (ARGV[4]).
-- Nothing is written before all checks are done; the first write is one that Redis refuses when it is
-- full, so that OOM leaves nothing half done; stream entry and seq come last.

local key_names = {
    detection = {
        {'seq', 'string'}, {'detections', 'stream'}, {'service', 'hash'}, {'endpoint', 'hash'},
        {'endpoint_ids', 'zset'}, {'services', 'zset'}, {'clients', 'string'}, {'allow', 'hash'},
        {'official', 'hash'}, {'name', 'hash'},
    },
    heartbeat = {
        {'sensor', 'hash'}, {'services', 'zset'}, {'allow', 'hash'}, {'official', 'hash'}, {'order', 'hash'},
    },
}
local shared_key_names = {
    {'propose_ip4', 'zset'}, {'propose_ip6', 'zset'}, {'propose_host', 'zset'}, {'block_ip4', 'zset'},
    {'block_ip6', 'zset'}, {'block_host', 'zset'}, {'blocks', 'stream'}, {'rev', 'string'},
    {'shared_ip', 'zset'}, {'lists', 'stream'}, {'lists_rev', 'string'}, {'lists_until', 'zset'},
}

local fact_types = {
    sensor = 'string', epoch = 'string', mode = 'string', seq = 'number', id = 'string', state = 'string',
    level = 'string', score = 'number', family = 'string', ip = 'string', port = 'string',
    host = 'string', server = 'string', make = 'string', roles = 'table', first_seen = 'string',
    last_seen = 'string', last_seconds = 'string', expire = 'number', keep = 'number',
    clients = 'number', claimants = 'number', answered = 'boolean', home = 'boolean', other_hosts = 'number',
    prefixes = 'table', evidence = 'table', block = 'table',
}
local block_types = {
    touch = 'boolean', eligible = 'boolean', automatic = 'boolean', withdraw = 'boolean', scope = 'string',
    basis = 'string', reason = 'string', order = 'string', set = 'string', duration = 'number',
}
local evidence_types = {
    sid = 'number', weight = 'number', kind = 'string', reason = 'string', content = 'boolean',
    structural = 'boolean',
}
local heartbeat_types = {sensor = 'string', keep = 'number', expire = 'number', prefix = 'string', fields = 'table'}

local level_ranks = {none = 0, observed = 1, suspected = 2, confirmed = 3}
local level_names = {[0] = 'none', 'observed', 'suspected', 'confirmed'}
local kind_ranks = {answered = 1, claim = 2, proof = 3}
local kind_names = {'answered', 'claim', 'proof'}
local target_sets = {'ip4', 'ip6', 'host'}

local seq_seconds = 30 * 24 * 3600
local sweep_limit = 100    -- due members of one sorted set in one call
local endpoint_limit = 256 -- services remembered of one address and port
local evidence_limit = 256 -- sids and sensors remembered of one service

local now = tonumber(redis.call('TIME')[1])
local key = {} -- name -> key
local facts

local function whole(number)
    return string.format('%.0f', number)
end

local function check_types(value, types, where)
    for name, type_name in pairs(types) do
        if type(value[name]) ~= type_name then
            return 'VIGIEARG ' .. where .. ' ' .. name .. ': expected a ' .. type_name
        end
    end
end

local function check_keys(names)
    local all = {}
    for _, row in ipairs(names) do
        all[#all + 1] = row
    end
    for _, row in ipairs(shared_key_names) do
        all[#all + 1] = row
    end
    if #KEYS ~= #all then
        return 'VIGIEARG expected ' .. #all .. ' keys'
    end
    for i, row in ipairs(all) do
        key[row[1]] = KEYS[i]
        local holds = redis.call('TYPE', KEYS[i]).ok
        if holds ~= 'none' and holds ~= row[2] then
            return 'VIGIETYPE ' .. KEYS[i] .. ' holds a ' .. holds .. ', expected a ' .. row[2]
        end
    end
    for _, name in ipairs({'rev', 'lists_rev'}) do
        local rev = redis.call('GET', key[name])
        if rev and not string.match(rev, '^%d+$') then
            return 'VIGIETYPE ' .. key[name] .. ' holds no whole number'
        end
    end
end

local function check_positive(value, where, max)
    if value ~= math.floor(value) or value < 1 or value > max then
        return 'VIGIEARG ' .. where .. ': expected a whole number of 1 to ' .. whole(max)
    end
end

local function check_evidence()
    for _, item in ipairs(facts.evidence) do
        local wrong = type(item) ~= 'table' and 'VIGIEARG evidence: expected objects' or
            check_types(item, evidence_types, 'evidence') or
            check_positive(item.sid, 'evidence sid', 4294967295) or
            check_positive(item.weight, 'evidence weight', 100) or
            (not kind_ranks[item.kind] and 'VIGIEARG evidence kind: unknown')
        if wrong then
            return wrong
        end
    end
end

local function check_block()
    local block = facts.block
    if not (block.eligible or block.withdraw) then
        return nil
    end
    if block.eligible then
        local wrong = check_positive(block.duration, 'block duration', 10 * 366 * 24 * 3600)
        if wrong then
            return wrong
        end
        if not (block.scope == 'ip_port' and facts.server ~= '' or block.scope == 'host' and facts.host ~= '') then
            return 'VIGIEARG block scope: expected ip_port or host, and its target'
        end
    end
    if facts.server ~= '' and block.set ~= 'ip4' and block.set ~= 'ip6' then
        return 'VIGIEARG block set: expected ip4 or ip6'
    end
end

local function check_detection()
    if type(facts) ~= 'table' then
        return 'VIGIEARG facts: expected a JSON object'
    end
    local wrong = check_types(facts, fact_types, 'facts') or check_types(facts.block, block_types, 'block') or
        check_positive(facts.seq, 'seq', 9007199254740991) or check_positive(facts.expire, 'expire', 4294967295) or
        check_positive(facts.keep, 'keep', 4294967295) or check_evidence() or check_block()
    if wrong then
        return wrong
    end
    if not level_ranks[facts.level] then
        return 'VIGIEARG level: unknown'
    end
    if #ARGV < 4 or ARGV[3] == '' or not string.match(ARGV[4], '^%d+$') then
        return 'VIGIEARG expected an event and the seq sent before'
    end
    if redis.call('EXISTS', key.clients) == 1 then
        local count = redis.pcall('PFCOUNT', key.clients)
        if type(count) == 'table' then
            return 'VIGIETYPE ' .. key.clients .. ' holds no HyperLogLog'
        end
    end
end

