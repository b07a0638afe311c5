-- The store of ldfi: searches, their runs with all lineage, formulas and counterexamples.
-- Base tables are singular, the views that people query are plural. Numbers of nodes, tuples, facts
-- and so on count from 0 within their search or run.

CREATE TABLE search (
    id         INTEGER PRIMARY KEY,
    identity   TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),  -- in all databases
    started    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    version    TEXT NOT NULL,              -- of ldfi
    scenario   TEXT NOT NULL,
    model      TEXT NOT NULL,              -- JSON list of paths
    strategy   TEXT NOT NULL CHECK (strategy IN ('lineage', 'exhaustive', 'random', 'replay',
                                                 'import')),
    oracle     TEXT NOT NULL CHECK (oracle IN ('strict', 'molly')),
    eot        INTEGER NOT NULL,
    eff        INTEGER NOT NULL,
    crashes    INTEGER NOT NULL,
    omissions  INTEGER,                    -- NULL: any number
    verdict    TEXT,                       -- NULL: still going, or killed
    complete   INTEGER,
    run_count  INTEGER,
    seconds    REAL                        -- from its beginning to its end
);

-- The program's texts, as they were read.
CREATE TABLE source (
    search INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    number INTEGER NOT NULL,
    path   TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (search, number)
) WITHOUT ROWID;

CREATE TABLE node (
    search INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name   TEXT NOT NULL,
    immune INTEGER NOT NULL,
    PRIMARY KEY (search, number)
) WITHOUT ROWID;

CREATE TABLE relation (
    search   INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    name     TEXT NOT NULL,
    arity    INTEGER NOT NULL,
    internal INTEGER NOT NULL,             -- 1: an executor's intermediate result
    PRIMARY KEY (search, number)
) WITHOUT ROWID;

CREATE TABLE rule (
    search INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    number INTEGER NOT NULL,
    file   TEXT NOT NULL,
    line   INTEGER NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (search, number)
) WITHOUT ROWID;

-- Tuples, and patterns of tuples: `columns` is a JSON list of strings and integers; null stands for
-- a value that is not known, true (in the patterns of absences) for every value.
CREATE TABLE tuple (
    search   INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    relation INTEGER NOT NULL,
    columns  TEXT NOT NULL,
    text     TEXT NOT NULL,                -- as a model would write it
    PRIMARY KEY (search, number),
    FOREIGN KEY (search, relation) REFERENCES relation
) WITHOUT ROWID;

-- One execution, or (kind 'envelope') all that could happen beside the one before it; a 'partial
-- envelope' does not reckon with further crashes. A 'capture' was imported.
CREATE TABLE execution (
    id       INTEGER PRIMARY KEY,
    search   INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    kind     TEXT NOT NULL
             CHECK (kind IN ('good', 'hypothesis', 'check', 'counterexample', 'envelope',
                             'partial envelope', 'capture')),
    promise  TEXT CHECK (promise IN ('kept', 'broken')),
    faults   TEXT NOT NULL,                -- for people: omit(a,b,1) crash(c,3)
    recorded INTEGER NOT NULL              -- 1: with facts, firings and messages
);
CREATE INDEX execution_of_search ON execution (search);

CREATE TABLE omission (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    time      INTEGER NOT NULL,
    sender    INTEGER NOT NULL,
    receiver  INTEGER NOT NULL,
    PRIMARY KEY (execution, time, sender, receiver)
) WITHOUT ROWID;

CREATE TABLE crash (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    node      INTEGER NOT NULL,
    time      INTEGER NOT NULL,
    PRIMARY KEY (execution, node)
) WITHOUT ROWID;

-- The pre tuples whose promise an execution breaks.
CREATE TABLE broken (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    tuple     TEXT NOT NULL
);
CREATE INDEX broken_of_execution ON broken (execution);

CREATE TABLE message (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    tuple     INTEGER NOT NULL,
    sender    INTEGER,                     -- NULL: no node in particular
    receiver  INTEGER,                     -- NULL: no node
    sent      INTEGER NOT NULL,            -- time; it is received one step later
    fate      INTEGER NOT NULL,            -- 0 delivered, 1 lost by omission, 2 lost by a crash,
                                           -- 3 in flight at the end of time, 4 sent to no node
    PRIMARY KEY (execution, number)
) WITHOUT ROWID;

CREATE TABLE fact (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    tuple     INTEGER NOT NULL,
    time      INTEGER NOT NULL,            -- 0: at every time (crash)
    certain   INTEGER NOT NULL,            -- 0: in an envelope, holds in some executions only
    PRIMARY KEY (execution, number)
) WITHOUT ROWID;
CREATE INDEX fact_of_tuple ON fact (execution, tuple, time);

-- That no fact matches a pattern at a time.
CREATE TABLE absence (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    pattern   INTEGER NOT NULL,
    time      INTEGER NOT NULL,            -- 0: at every time (crash)
    PRIMARY KEY (execution, number)
) WITHOUT ROWID;

-- One application of a rule.
CREATE TABLE firing (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    rule      INTEGER NOT NULL,
    head      INTEGER,                     -- a fact; NULL: its message did not arrive
    message   INTEGER,                     -- the message that the head rode on
    exactly   INTEGER,                     -- of the positive premises exactly so many (a count)
    PRIMARY KEY (execution, number),
    FOREIGN KEY (execution, head) REFERENCES fact (execution, number) ON DELETE CASCADE,
    FOREIGN KEY (execution, message) REFERENCES message (execution, number) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX firing_of_head ON firing (execution, head);

CREATE TABLE premise (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    firing    INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    kind      INTEGER NOT NULL,            -- 0 a fact, 1 an absence, 2 the absence of one fact
    item      INTEGER NOT NULL,            -- number of the fact or the absence
    PRIMARY KEY (execution, firing, position),
    FOREIGN KEY (execution, firing) REFERENCES firing (execution, number) ON DELETE CASCADE
) WITHOUT ROWID;

-- Of an envelope: firings that would end a run with an error (kind 0), facts that a cycle through
-- an absence may leave undefined (kind 1).
CREATE TABLE peril (
    execution INTEGER NOT NULL REFERENCES execution ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    item      INTEGER NOT NULL
);
CREATE INDEX peril_of_execution ON peril (execution);

CREATE TABLE counterexample (
    execution INTEGER PRIMARY KEY REFERENCES execution ON DELETE CASCADE,
    search    INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    size      INTEGER NOT NULL
);

-- The formula as it stood when the search ended.
CREATE TABLE variable (
    search  INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    meaning TEXT NOT NULL,
    PRIMARY KEY (search, number)
) WITHOUT ROWID;

CREATE TABLE clause (
    search   INTEGER NOT NULL REFERENCES search ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    literals TEXT NOT NULL,                -- as in DIMACS, without the final zero
    PRIMARY KEY (search, number)
) WITHOUT ROWID;

-- What came of the scenarios of sweeps, one row for each question: a scenario whose inputs were
-- chosen. What has the same key is the same question.
CREATE TABLE result (
    key      TEXT NOT NULL,                -- of model, inputs, bounds, oracle, kind of search, ldfi
    scenario TEXT NOT NULL,                -- its path, as it was named
    choice   TEXT NOT NULL,                -- the inputs chosen, as JSON; '' if there is no choice
    version  TEXT NOT NULL,                -- of the protocol: the name of its first file
    verdict  TEXT NOT NULL CHECK (verdict IN ('certified', 'counterexample', 'incomplete', 'kept')),
    vacuous  INTEGER NOT NULL,
    eot      INTEGER NOT NULL,
    eff      INTEGER NOT NULL,
    crashes  INTEGER NOT NULL,
    runs     INTEGER NOT NULL,
    smallest TEXT,                         -- faults that break the promise: omit(a,b,1) crash(c,3)
    done     INTEGER NOT NULL,             -- 0: stopped by a budget; more time may say more
    report   TEXT NOT NULL,                -- as `ldfi run --json` prints it
    seconds  REAL NOT NULL,
    recorded TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    PRIMARY KEY (key, scenario, choice)
);

-- The shards of sweeps whose results are here.
CREATE TABLE shard (
    plan     TEXT NOT NULL,                -- digest of the scenarios of all shards
    number   INTEGER NOT NULL,             -- from 1 to count
    count    INTEGER NOT NULL,
    planned  INTEGER NOT NULL,             -- scenarios in this shard
    finished INTEGER NOT NULL,             -- 1: the shard came to its end
    PRIMARY KEY (plan, count, number)
) WITHOUT ROWID;

-- What `ldfi bisect` and `ldfi compare` said, as they print it with --json.
CREATE TABLE comparison (
    id     INTEGER PRIMARY KEY,
    kind   TEXT NOT NULL CHECK (kind IN ('bisect', 'compare')),
    made   TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    report TEXT NOT NULL
);

-- Every schedule that was executed, and what came of it.
CREATE VIEW runs AS
SELECT e.search, s.scenario, e.id AS run, e.kind, e.faults,
       (SELECT count(*) FROM omission o WHERE o.execution = e.id) +
       (SELECT count(*) FROM crash c WHERE c.execution = e.id) AS size,
       e.promise,
       (SELECT group_concat(b.tuple, ' ') FROM broken b WHERE b.execution = e.id) AS broken,
       e.recorded
FROM execution e JOIN search s ON s.id = e.search
WHERE e.kind NOT IN ('envelope', 'partial envelope');

-- Every message of every recorded run. `received` is NULL if it never was.
CREATE VIEW messages AS
SELECT e.search, e.id AS run, m.number AS message, m.sent,
       CASE m.fate WHEN 0 THEN m.sent + 1 END AS received,
       f.name AS sender, r.name AS receiver, t.text AS tuple,
       CASE m.fate WHEN 0 THEN 'delivered' WHEN 1 THEN 'lost by omission'
                   WHEN 2 THEN 'lost by crash' WHEN 3 THEN 'in flight' ELSE 'to no node' END AS fate
FROM message m
JOIN execution e ON e.id = m.execution AND e.kind NOT IN ('envelope', 'partial envelope')
JOIN tuple t ON t.search = e.search AND t.number = m.tuple
LEFT JOIN node f ON f.search = e.search AND f.number = m.sender
LEFT JOIN node r ON r.search = e.search AND r.number = m.receiver;

-- Why is a fact there: each firing that derived it, with each of its premises.
CREATE VIEW why AS
SELECT e.search, e.id AS run, f.time, t.text AS fact, g.number AS firing,
       u.text AS rule, u.file, u.line,
       CASE p.kind WHEN 0 THEN 'present' WHEN 1 THEN 'absent' WHEN 2 THEN 'absent' END AS premise_is,
       coalesce(pt.text, ft.text, at.text) AS premise,
       coalesce(pf.time, af.time, a.time) AS premise_time,
       CASE WHEN g.message IS NOT NULL THEN 'message ' || g.message END AS rode_on
FROM fact f
JOIN execution e ON e.id = f.execution AND e.kind NOT IN ('envelope', 'partial envelope')
JOIN tuple t ON t.search = e.search AND t.number = f.tuple
JOIN relation l ON l.search = e.search AND l.number = t.relation
LEFT JOIN firing g ON g.execution = f.execution AND g.head = f.number
LEFT JOIN rule u ON u.search = e.search AND u.number = g.rule
LEFT JOIN premise p ON p.execution = g.execution AND p.firing = g.number
LEFT JOIN fact pf ON p.kind = 0 AND pf.execution = p.execution AND pf.number = p.item
LEFT JOIN tuple pt ON pt.search = e.search AND pt.number = pf.tuple
LEFT JOIN fact af ON p.kind = 2 AND af.execution = p.execution AND af.number = p.item
LEFT JOIN tuple ft ON ft.search = e.search AND ft.number = af.tuple
LEFT JOIN absence a ON p.kind = 1 AND a.execution = p.execution AND a.number = p.item
LEFT JOIN tuple at ON at.search = e.search AND at.number = a.pattern;
