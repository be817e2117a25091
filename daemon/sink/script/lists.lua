-- Changes of the operators' lists, in one step with the stream that sensors follow (design, section 8;
-- include/sink/redis_list.h). A script of its own: vigiectl and the sensors' second connection call it.
--
-- For Redis 6.2 and later and Valkey.
--
-- KEYS: the list (hash), lists (stream), lists:rev, lists:until (sorted set), shared:ip (sorted set)
-- ARGV[1] the list's name, or "shared"
-- ARGV[2] entries that the stream keeps
-- ARGV[3] "each": every change is a line of the stream; "many": one line for all of them; "forced": such a
--         line also where nothing changed, so that a sensor that kept more than Redis has reads it again
-- ARGV[4-] four for each change: op (add or del), entry, value, when it expires (Unix time, 0 never; shared:
--         seconds from now)
--
-- Answers {added, changed, removed, as it was, entries now, rev}, or an error that begins with VIGIEARG or
-- VIGIETYPE. Nothing is written before all checks are done.

local list_key, lists_key, rev_key, until_key, shared_key = unpack(KEYS)
local list, keep, mode = ARGV[1], ARGV[2], ARGV[3]
local now = tonumber(redis.call('TIME')[1])
local counts = {add = 0, change = 0, del = 0, same = 0}

local function check()
    if #KEYS ~= 5 then
        return 'VIGIEARG expected 5 keys'
    end
    for i, expected in ipairs({'hash', 'stream', 'string', 'zset', 'zset'}) do
        local holds = redis.call('TYPE', KEYS[i]).ok
        if holds ~= 'none' and holds ~= expected then
            return 'VIGIETYPE ' .. KEYS[i] .. ' holds a ' .. holds .. ', expected a ' .. expected
        end
    end
    if not (list and string.match(keep or '', '^%d+$')) or (#ARGV - 3) % 4 ~= 0 or
        not ({each = true, many = true, forced = true})[mode] then
        return 'VIGIEARG expected a list, how much to keep, a mode, and changes of four parts'
    end
    for i = 4, #ARGV, 4 do
        if (ARGV[i] ~= 'add' and ARGV[i] ~= 'del') or ARGV[i + 1] == '' or
            not string.match(ARGV[i + 3], '^%d+$') then
            return 'VIGIEARG expected add or del, an entry, a value, and a time'
        end
    end
    local rev = redis.call('GET', rev_key)
    if rev and not string.match(rev, '^%d+$') then
        return 'VIGIETYPE ' .. rev_key .. ' holds no whole number'
    end
end

local function tell(op, entry, value)
    redis.call('XADD', lists_key, 'MAXLEN', '~', keep, '*', 'rev', redis.call('INCR', rev_key), 'list', list,
        'op', op, 'entry', entry, 'value', value, 'count', list == 'shared' and '' or redis.call('HLEN', list_key))
end

-- What changed, by the name that it is counted under.
local function apply(op, entry, value, ends)
    local member = list .. ' ' .. entry
    if op == 'del' then
        redis.call('ZREM', until_key, member)
        return redis.call('HDEL', list_key, entry) == 1 and 'del' or 'same'
    end
    local before = redis.call('HGET', list_key, entry)
    if before == value then
        return 'same'
    end
    redis.call('HSET', list_key, entry, value)
    if ends == '0' then
        redis.call('ZREM', until_key, member)
    else
        redis.call('ZADD', until_key, ends, member)
    end
    return before and 'change' or 'add'
end

-- An address on which a sensor saw other names: told where nobody knew.
local function apply_shared(entry, ends)
    local before = tonumber(redis.call('ZSCORE', shared_key, entry) or '0')
    redis.call('ZADD', shared_key, 'GT', ends, entry)
    return before > now and 'same' or 'add'
end

local wrong = check()
if wrong then
    return {err = wrong}
end
for i = 4, #ARGV, 4 do
    local op, entry, value, ends = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    local done
    if list == 'shared' then
        value = string.format('%.0f', now + ends)
        done = apply_shared(entry, value)
    else
        done = apply(op, entry, value, ends)
    end
    counts[done] = counts[done] + 1
    if mode == 'each' and done ~= 'same' then
        tell(op, entry, op == 'add' and value or '')
    end
end
if mode == 'forced' or (mode == 'many' and counts.add + counts.change + counts.del > 0) then
    tell('many', '', '')
end
return {counts.add, counts.change, counts.del, counts.same, redis.call('HLEN', list_key),
    tonumber(redis.call('GET', rev_key) or '0')}
