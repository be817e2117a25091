-- Part 3 of the script: evidence of all sensors united, and its score.

-- "weight kind content structural told reason" of a sid, and "score level told" of a sensor. What no sensor
-- has told for the time after which a service is forgotten counts no more.
local function read_evidence(old, oldest)
    local union = {}
    for field, value in pairs(old) do
        local sid = string.match(field, '^sid:(%d+)$')
        local weight, kind, content, structural, told, reason =
            string.match(value, '^(%d+) (%a+) ([01]) ([01]) (%d+) (.*)$')
        if sid and weight and tonumber(told) > oldest then
            union[tonumber(sid)] = {
                weight = tonumber(weight), kind = kind_ranks[kind] or 1,
                content = content == '1', structural = structural == '1', told = tonumber(told), reason = reason,
            }
        end
    end
    return union
end

local function read_sensors(old, oldest)
    local sensors = {}
    for field, value in pairs(old) do
        local name = string.match(field, '^sensor:(.+)$')
        local score, level, told = string.match(value, '^(%d+) (%a+) (%d+)$')
        if name and score and tonumber(told) > oldest then
            sensors[name] = {score = tonumber(score), level = level_ranks[level] or 0, told = tonumber(told)}
        end
    end
    return sensors
end

local function add_evidence(union)
    for _, item in ipairs(facts.evidence) do
        local known = union[item.sid] or {weight = 0, kind = 0, content = false, structural = false}
        known.weight = math.max(known.weight, item.weight)
        known.kind = math.max(known.kind, kind_ranks[item.kind])
        known.content = known.content or item.content
        known.structural = known.structural or item.structural
        known.reason = item.reason
        known.told = now
        union[item.sid] = known
    end
end

-- Of sids or sensors beyond the limit those go that were not told for the longest time.
local function limit(map)
    local names = {}
    for name in pairs(map) do
        names[#names + 1] = name
    end
    table.sort(names, function(a, b)
        if map[a].told ~= map[b].told then
            return map[a].told > map[b].told
        end
        return a < b
    end)
    for i = evidence_limit + 1, #names do
        map[names[i]] = nil
    end
end

-- The same sums in the same order as verdict/score.h, so that one sensor's evidence gives its own score.
-- `claimants`: how many clients made path claims, counted to 2.
local function group_reasons(union)
    local sids = {}
    for sid in pairs(union) do
        sids[#sids + 1] = sid
    end
    table.sort(sids)
    local groups, by_reason = {}, {}
    for _, sid in ipairs(sids) do
        local item = union[sid]
        local group = by_reason[item.reason]
        if not group then
            group = {weight = 0, kind = 0, content = false, structural = false}
            by_reason[item.reason] = group
            groups[#groups + 1] = group
        end
        local proof = item.kind == kind_ranks.proof
        group.weight = math.max(group.weight, item.weight)
        group.kind = math.max(group.kind, item.kind)
        group.content = group.content or (proof and item.content)
        group.structural = group.structural or (proof and item.structural)
    end
    return groups
end

local function score_union(union, claimants)
    local doubt, proofs, contents, structurals = {1, 1, 1}, 0, 0, 0
    for _, group in ipairs(group_reasons(union)) do
        doubt[group.kind] = doubt[group.kind] * ((100 - group.weight) / 100)
        proofs = proofs + (group.kind == kind_ranks.proof and 1 or 0)
        contents = contents + (group.content and 1 or 0)
        structurals = structurals + (group.structural and 1 or 0)
    end
    if proofs == 0 and claimants == 0 then
        return 0
    end
    local claims = math.max(doubt[kind_ranks.claim], (100 - (claimants > 1 and 65 or 45)) / 100)
    local score = math.floor(100 - 100 * (doubt[kind_ranks.proof] * claims * doubt[kind_ranks.answered]) + 0.000001)
    local shown = contents > 0 or structurals >= 2
    if score >= 90 and not (shown and proofs >= 2) then
        score = 89
    end
    return score
end

local function level_of_score(score)
    return score >= 90 and 3 or score >= 50 and 2 or score >= 20 and 1 or 0
end

