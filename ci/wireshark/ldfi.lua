-- A dissector for the packets that `ldfi export --pcap` writes: UDP at port 5334, one JSON object a
-- datagram (README.md beside this file lists the fields). Try it without installing it:
--
--     tshark -X lua_script:ci/wireshark/ldfi.lua -r run.pcap -V

local PORT = 5334

local ldfi = Proto("ldfi", "ldfi run")
local fields = {
    kind = ProtoField.string("ldfi.kind", "Kind"),
    run = ProtoField.uint64("ldfi.run", "Run"),
    message = ProtoField.uint64("ldfi.message", "Message"),
    name = ProtoField.string("ldfi.name", "Name"),
    from = ProtoField.string("ldfi.from", "From"),
    to = ProtoField.string("ldfi.to", "To"),
    sent = ProtoField.uint32("ldfi.sent", "Sent at step"),
    received = ProtoField.uint32("ldfi.received", "Received at step"),
    fate = ProtoField.string("ldfi.fate", "Fate"),
    argument = ProtoField.string("ldfi.argument", "Argument"),
    tuple = ProtoField.string("ldfi.tuple", "Tuple"),
    node = ProtoField.string("ldfi.node", "Node"),
    time = ProtoField.uint32("ldfi.time", "Step"),
    scenario = ProtoField.string("ldfi.scenario", "Scenario"),
    eot = ProtoField.uint32("ldfi.eot", "End of time"),
    address = ProtoField.string("ldfi.address", "Address"),
}
local lost = ProtoExpert.new("ldfi.lost", "The message is lost", expert.group.SEQUENCE,
                             expert.severity.WARN)
local crashed = ProtoExpert.new("ldfi.crashed", "The node crashes", expert.group.SEQUENCE,
                                expert.severity.ERROR)
local broken = ProtoExpert.new("ldfi.malformed", "This is no JSON object of ldfi",
                               expert.group.MALFORMED, expert.severity.ERROR)
for _, field in pairs(fields) do
    table.insert(ldfi.fields, field)
end
ldfi.experts = { lost, crashed, broken }

-- JSON, as far as ldfi writes it. Each reader takes a text and a place in it, and returns a value
-- and the place behind it; null is this:
local NULL = {}
local read_value

local function skip(text, at)
    return text:match("^[ \t\r\n]*()", at)
end

local function utf8_text(number)
    if number < 0x80 then
        return string.char(number)
    elseif number < 0x800 then
        return string.char(0xc0 + math.floor(number / 64), 0x80 + number % 64)
    elseif number < 0x10000 then
        return string.char(0xe0 + math.floor(number / 4096), 0x80 + math.floor(number / 64) % 64,
                           0x80 + number % 64)
    end
    return string.char(0xf0 + math.floor(number / 262144), 0x80 + math.floor(number / 4096) % 64,
                       0x80 + math.floor(number / 64) % 64, 0x80 + number % 64)
end

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function read_text(text, at)
    local parts = {}
    at = at + 1
    while true do
        local plain, next_at = text:match('^([^"\\]*)()', at)
        table.insert(parts, plain)
        local c = text:sub(next_at, next_at)
        if c == '"' then
            return table.concat(parts), next_at + 1
        elseif c == "" then
            error("a text without an end")
        end
        local escaped = text:sub(next_at + 1, next_at + 1)
        at = next_at + 2
        if escaped == "u" then
            local number = tonumber(text:sub(at, at + 3), 16) or error("a bad escape")
            at = at + 4
            local low = text:match("^\\u([dD][c-fC-F]%x%x)", at)
            if number >= 0xd800 and number < 0xdc00 and low then
                number = 0x10000 + (number - 0xd800) * 1024 + tonumber(low, 16) - 0xdc00
                at = at + 6
            end
            table.insert(parts, utf8_text(number))
        else
            table.insert(parts, ESCAPES[escaped] or escaped)
        end
    end
end

-- Members of an object or elements of a list, up to a closing bracket.
local function read_members(text, at, close, is_object)
    local result, count = {}, 0
    at = skip(text, at + 1)
    while text:sub(at, at) ~= close do
        local key
        if is_object then
            key, at = read_text(text, at)
            at = skip(text, at)
            if text:sub(at, at) ~= ":" then error("no colon") end
            at = skip(text, at + 1)
        else
            count = count + 1
            key = count
        end
        result[key], at = read_value(text, at)
        at = skip(text, at)
        local c = text:sub(at, at)
        if c == "," then
            at = skip(text, at + 1)
        elseif c ~= close then
            error("no comma")
        end
    end
    return result, at + 1
end

read_value = function(text, at)
    at = skip(text, at)
    local c = text:sub(at, at)
    if c == '"' then
        return read_text(text, at)
    elseif c == "{" then
        return read_members(text, at, "}", true)
    elseif c == "[" then
        return read_members(text, at, "]", false)
    end
    local word, next_at = text:match("^([%w%+%-%.]+)()", at)
    if word == "null" then
        return NULL, next_at
    elseif word == "true" or word == "false" then
        return word, next_at
    end
    return tonumber(word or "") or error("no value"), next_at
end

-- A value as text; whole numbers without a point, those that no double holds as they are written.
local function to_text(value)
    if type(value) == "table" then
        return value.integer or "null"
    elseif type(value) == "number" and value == math.floor(value) then
        return string.format("%.0f", value)
    end
    return tostring(value)
end

local function add(tree, range, key, value)
    if value == nil or value == NULL then
        return
    elseif key == "run" or key == "message" then
        tree:add(fields[key], range, UInt64(value))
    else
        tree:add(fields[key], range, value)
    end
end

local ORDER = { "kind", "run", "message", "name", "from", "to", "sent", "received", "fate", "tuple",
                "node", "time", "scenario", "eot" }

function ldfi.dissector(buffer, packet, tree)
    local range = buffer()
    local right, object = pcall(function() return (read_value(range:raw(), 1)) end)
    packet.cols.protocol = "ldfi"
    local branch = tree:add(ldfi, range)
    if not right or type(object) ~= "table" or type(object.kind) ~= "string" then
        branch:add_proto_expert_info(broken)
        return
    end
    for _, key in ipairs(ORDER) do
        add(branch, range, key, object[key])
    end
    for _, value in ipairs(object.arguments or {}) do
        branch:add(fields.argument, range, to_text(value))
    end
    for _, node in ipairs(object.nodes or {}) do
        local below = branch:add(fields.node, range, node.name)
        below:add(fields.address, range, node.address)
    end
    if object.kind == "message" then
        packet.cols.info = string.format("%s to %s: %s%s", to_text(object.from), to_text(object.to),
                                         object.tuple,
                                         object.fate == "delivered" and "" or
                                         " (" .. object.fate .. ")")
        if object.fate:match("^lost") then
            branch:add_proto_expert_info(lost, object.fate)
        end
    elseif object.kind == "crash" then
        packet.cols.info = object.node .. " CRASHES"
        branch:add_proto_expert_info(crashed)
    else
        packet.cols.info = "run of " .. tostring(object.scenario)
    end
end

DissectorTable.get("udp.port"):add(PORT, ldfi)
