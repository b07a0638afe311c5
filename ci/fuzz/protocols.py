"""Parts of protocols, of which random_programs.py makes programs.

A part is the columns of its relations (N: node, I: integer, S: string, V: the value that is sent)
and its rules, each with its odds; "!": without noise. Of [this|that] one is taken. A line with EACH
is a fact for each node, with NEXT for the node behind it; MANY makes facts with numbers up to one.
LEAD is a node that stands out, ONE any node, QUORUM a number of nodes and FEWER one less; NUMBER is
a small integer, WHEN any time, EARLY one before the end, LATER one when an answer may have come,
LATE one of the last two. Variables that begin with N, P, Q, L or M are nodes."""

MESSAGES = ("", """
    1   got(P, V)@async :- start(N, V), peer(N, P)
    .7  got(N, V) :- start(N, V)
    .4  got(P, V)@async :- got(N, V), peer(N, P)
    .5  ack(P, N)@async :- got(N, V), peer(P, N)""")

# A clock; it is written once, where a part reads it.
CLOCKS = [("now:NI", """
    1!  now(N, 1)@next :- peer(N, _)@1, notin now(N, _)
    1!  now(N, T + 1)@next :- now(N, T)"""), ("now:NI", """
    1!  now(EACH, 1)@1
    1!  now(N, T + 1)@next :- now(N, T)""")]

RETRIES = ("todo:NV", """
    1!  todo(N, V)@next :- start(N, V)
    1   todo(N, V)@next :- todo(N, V)
    1   got(P, V)@async :- todo(N, V), peer(N, P), notin [ack(N, P)|ack(N, P)|ack(N, _)]""")

REACTIONS = [
    RETRIES, RETRIES,
    # What a node does when nothing has come by a time.
    ("late:N", """
    1!  late(N) :- now(N, EARLY), notin [got(N, _)|ack(N, _)|ack(_, N)]
    .5  late(N)@next :- late(N)
    .6  got(P, V)@async :- late(N), peer(N, P), start(N, V)@1
    .4  got(N, V) :- late(N), start(_, V)@1"""),
    # Passing on what one has, when a node is known to crash or lacks it.
    ("", """
    1   got(P, V)@async :- got(N, V), peer(N, P), crash(N, _, [_|LATE])[|, N != P]
    .3  got(P, V)@async :- got(N, V), peer(N, P), notin got(P, V)"""),
    # Crashes that are read late, and at exact times.
    ("calm:NI", """
    .6  got(P, V)@async :- now(N, EARLY), crash(N, [_|P|N], [_|WHEN|EARLY]), got(N, V), peer(N, P)
    .5  ack(N, P)@next :- now(N, T), crash(N, P, [T|T|U]), peer(N, P)[|, notin got(N, _)]
    .4  got(P, V)@async :- now(N, EARLY), got(N, V), peer(N, P), notin crash(N, P, _)
    .4! calm(N, count<P>) :- now(N, EARLY), peer(N, P), notin crash(N, P, [_|WHEN])
    .4  ack(P, N)@async :- calm(N, C), peer(N, P), C >= [1|QUORUM]
    .3  ack(N, N) :- now(N, T), crash(N, _, U), T [<|>|==] U [+|-] 1"""),
    # What was at a fixed time, read later.
    ("", """
    .6  got(P, V)@async :- now(N, EARLY), got(N, V)@WHEN, peer(N, P)
    .5  got(P, V)@async :- now(N, EARLY), start(N, V)@1, peer(N, P), notin [ack(N, P)|got(P, _)]@WHEN
    .4  ack(P, N)@async :- now(N, EARLY), got(N, _)@WHEN, peer(P, N)
    .3  ack(N, P)@next :- peer(N, P), crash(N, P, _)@WHEN"""),
    # A second way, of which one fault takes the beginning and another the end.
    ("hop:NV", """
    1   hop(P, V)@async :- got(N, V), peer(N, P)
    .5  hop(N, V)@next :- hop(N, V)
    .6  got(P, V)@async :- hop(N, V), peer(N, P), notin [ack(N, P)|got(P, _)|got(P, _)@WHEN]
    .4  ack(N, P) :- hop(N, _), peer(N, P), notin hop(P, _)""")]

# More than lineage search foresees in full, so that it has to learn from runs: products that only
# faults bring about, and sums over many numbers that may be missing. MANY: facts number(N, X).
ODD = """
    .5! odd(N) :- now(N, [EARLY|LATER]), notin [got(N, _)|ack(N, _)]
    .3! odd(N) :- peer(N, P), [crash(N, P, _)|notin got(P, _)@WHEN]
    .5! odd(N)@next :- odd(N)"""
WIDE = [
    ("odd:N number:NI flood:NIII", ODD + """
    1!  number(MANY, 14)@1
    1!  number(N, X)@next :- number(N, X)
    1!  flood(N, X, Y, Z) :- odd(N), number(_, X), number(_, Y), number(_, Z)
    1   got(P, V)@async :- flood(N, X, Y, Z), X + Y + Z == 3, peer(N, P), start(_, V)@1
    .3  ack(N, P)@next :- flood(N, X, X, NUMBER), peer(N, P)"""),
    ("odd:N number:NI pair:NII", ODD + """
    1!  number(MANY, 9)@1
    1!  number(N, X)@next :- number(N, X)
    1!  pair(N, X, Y) :- odd(N), number(_, X), number(_, Y)
    1   got(P, V)@async :- pair(N, X, Y), X [+|*|-] Y == [2|8], peer(N, P), start(_, V)@1
    .4  ack(N, P)@next :- pair(N, X, X), X == [NUMBER|8], peer(N, P)
    .3  ack(P, N)@async :- pair(N, X, 7), peer(N, P), notin pair(P, X, 7)"""),
    ("number:NI news:NI sum:NI", """
    1!  number(MANY, 9)@1
    1   news(P, X)@async :- number(N, X), peer(N, P)
    1   news(N, X)@next :- news(N, X)
    1!  sum(N, [sum|avg]<X>) :- news(N, X)
    .7  got(P, V)@async :- sum(N, X), X [>|<|!=|>=] [8|20|36], peer(N, P), start(_, V)@1
    .5  ack(P, N)@async :- sum(N, X), X [==|<|>] [4|36], peer(N, P)
    .3  ack(N, P)@next :- peer(N, P), news(N, X), notin news(P, X)"""),
    ("link:NN path:NN", """
    1   link(P, N)@async :- peer(N, P)[|, now(N, EARLY)|, got(N, _)]
    .8  link(N, P)@next :- link(N, P)
    1!  path(N, P) :- link(N, P)
    1!  path(N, Q) :- path(N, P), [path|link|link](P, Q)
    .6  got(P, V)@async :- path(N, P), got(N, V)[|, notin path(P, N)]
    .4  ack(N, P) :- path(N, P), path(P, N), N != P
    .4  got(P, V)@async :- peer(N, P), start(N, V)@1, notin path(N, P), now(N, LATER)""")]
WIDE += WIDE[1:]  # the first takes long

# What cannot be, but seems possible to whoever looks at facts one by one: so much of it that
# lineage search foresees nothing at all, and learns what it knows from runs.
MIRAGES = [("number:NI odd:N calm:N flood:NIII", f"""
    1!  number(MANY, 14)@1
    1!  number(N, X)@next :- number(N, X)
    1!  odd(N) :- peer(_, N), {this}
    1!  calm(N) :- peer(_, N), {that}
    1!  flood(N, X, Y, Z) :- odd(N), calm(N), number(_, X), number(_, Y), number(_, Z)
    1!  got(P, V)@async :- flood(N, X, Y, Z), X + Y + Z == 3, peer(P, N), start(_, V)@1""")
           for this, that in (("got(N, _)", "notin got(N, _)"), ("notin ack(_, N)", "ack(_, N)"),
                              ("crash(_, N, _)", "notin crash(_, N, _)"))]

# Cycles through notin: some always have a meaning, a fault takes it from the last.
CYCLES = [("wins:N", "1! wins(N) :- peer(N, P), [N < P|N > P], notin wins(P)")] * 3 + [
    ("wins:N loses:N", """
    1!  wins(N) :- peer(N, _), notin loses(N)
    1!  loses(N) :- [crash(N, N, _)|now(N, LATER), notin got(N, _)], notin wins(N)""")]

# ---- promises about what is delivered ----

DELIVERED = ("", """
    1   pre(P, V) :- start(N, V)@1, peer(N, P)@1, [|notin crash(N, N, _)], [|notin crash(P, P, _)]
    1   post(P, V) :- got(P, V)
    .15 post(P, V) :- pre(P, V), notin [got(P, _)|ack(P, _)]""")
AGREED = ("lacks:NV", """
    1   lacks(P, V) :- got(N, V), peer(N, P), notin got(P, V), [|notin crash(P, P, _)]
    1   pre(N, V) :- got(N, V), [|notin crash(N, N, _)]
    1!  post(N, V) :- got(N, V), notin lacks(_, V)
    .15 post(N, V) :- pre(N, V), [notin ack(N, _)|crash(N, _, _)]""")
SETTLED = ("bad:N", """
    1   bad(N) :- peer(N, P), [notin ack(N, P)|got(P, V), got(N, W), V != W]
    .5  bad(N) :- peer(N, P), got(N, V), notin got(P, V)
    .3  bad(N) :- peer(N, P), crash(N, P, [_|_|LATE])[|, ack(N, P)|, notin ack(N, P)]
    .5  bad(N) :- peer(N, P), ack(N, P), notin got(P, _)
    1   pre(N) :- peer(N, P), [|notin crash(N, N, _)]
    1!  post(N) :- peer(N, P), notin bad(N)""")
COUNTED = ("votes:NI", """
    1   votes(N, count<P>) :- peer(N, P), got(P, V)
    1   pre(N) :- start(N, V)@1, [|notin crash(N, N, _)]
    1!  post(N) :- votes(N, C), C [>= QUORUM|> FEWER|== QUORUM|<= QUORUM]""")
# What was there at a time, of which nothing remains.
OBSERVED = ("there:NV", """
    1!  there(N, V) :- got(N, V)[|, peer(N, _)|, notin ack(N, _)]
    1   pre(N, V) :- [start(P, V)@1, peer(P, N)@1|there(N, V)@WHEN|got(N, V)], notin crash(N, N, _)
    1!  post(N, V) :- there(N, V)@[LATER|LATER|LATE]""")
DELIVERY = [DELIVERED] * 5 + [AGREED] * 5 + [SETTLED] * 2 + [COUNTED] * 2 + [OBSERVED] * 2

# ---- families: the parts of a protocol, and what it may promise ----

FAMILIES = {
    # Whoever has enough acknowledgements is done, and may say so.
    "quorum": ([("acks:NI done:NV", """
    .8! ack(P, N)@async :- got(N, V), peer(N, P)
    .7! ack(N, P)@next :- ack(N, P)
    1   acks(N, count<P>) :- ack(N, P)
    1!  done(N, V) :- acks(N, C), start(N, V)@1, C [>= QUORUM|> FEWER]
    1!  done(N, V)@next :- done(N, V)
    .3  got(P, V)@async :- done(N, V), peer(N, P)""")], [
        # k of n have acknowledged
        ("", """
    1   pre(N) :- start(N, V)@1, [|notin crash(N, N, _)]
    1!  post(N) :- acks(N, C), C [>= QUORUM|> FEWER]"""),
        ("", """
    1   pre(N, V) :- start(N, V)@1, [|notin crash(N, N, _)]
    1!  post(N, V) :- done(N, V)"""),
        # what is done is held by k of n
        ("holders:NVI", """
    1!  holders(N, V, count<P>) :- done(N, V), got(P, V)[|, N != P|, notin crash(P, P, _)]
    1   pre(N, V) :- done(N, V), [|notin crash(N, N, _)]
    1!  post(N, V) :- holders(N, V, C), C [>= QUORUM|> FEWER]"""), DELIVERED, AGREED]),
    # A failure detector that knows the exact times of crashes, and an heir for the node that led.
    "view": ([("gone:NN leads:NN heir:NN", """
    1!  leads(EACH, LEAD)@1
    1!  heir(EACH, NEXT)@1
    1!  heir(N, P)@next :- heir(N, P)
    1!  gone(N, P) :- crash(N, P, T), now(N, U), [T == U|T <= U|T < U|U == T + 1]
    .6  gone(N, P)@next :- gone(N, P)
    1!  leads(N, L)@next :- leads(N, L), notin gone(N, L)
    1!  leads(N, P)[@next|@next|@async] :- leads(N, L), gone(N, L), heir(L, P)
    .3  leads(P, L)@async :- leads(N, L), peer(N, P), notin gone(N, L)
    .7  got(P, V)@async :- leads(N, N), got(N, V), peer(N, P), notin [leads(N, N)@1|ack(N, P)]
    """)], [
        # nobody leads beside another
        ("other:NN", """
    1!  other(N, P) :- leads(N, N), leads(P, P), N != P[|, notin crash(P, P, _)]
    1   pre(N) :- leads(N, N)[|, notin crash(N, N, _)]
    1!  post(N) :- leads(N, N), notin other(N, _)"""),
        # whom all follow has not crashed
        ("", """
    1   pre(N) :- peer(N, _), notin crash(N, N, _)
    1!  post(N) :- leads(N, L), notin crash(N, L, [_|WHEN])"""),
        # a new leader has what there is
        ("", """
    1   pre(N, V) :- leads(N, N), start(_, V)@1[|, notin crash(N, N, _)]
    1!  post(N, V) :- got(N, V)"""), DELIVERED, AGREED]),
    # The least node heard of is chief.
    "election": ([("beat:NN chief:NN", """
    1   beat(P, N)@async :- peer(N, P)[|, now(N, EARLY)|, notin late(N)|, start(N, _)]
    .8! beat(N, N) :- peer(N, _)
    .6  beat(N, P)@next :- beat(N, P)
    1!  chief(N, [min|max]<P>) :- beat(N, P)
    .4  got(P, V)@async :- chief(N, N), start(_, V)@1, peer(N, P)""")], [
        ("rival:NN", """
    1!  rival(N, L) :- chief(N, L), chief(_, M), L != M
    1   pre(N, L) :- chief(N, L)[|, notin crash(N, N, _)]
    1!  post(N, L) :- chief(N, L), notin rival(N, L)"""),
        ("", """
    1   pre(N) :- peer(N, _), notin crash(N, N, _)
    1!  post(N) :- chief(N, L)[|, L != N|, notin crash(N, L, _)]"""), DELIVERED]),
    # Numbers go round, each node adds up those that it has.
    "levels": ([("put:NI level:NI", """
    1!  put(EACH, NUMBER)@1
    .4! put(LEAD, NUMBER)@[1|2]
    .9  put(P, I)@async :- put(N, I), peer(N, P)[|, start(N, _)|, notin ack(N, P)]
    .8  put(N, I)@next :- put(N, I)
    1!  level(N, [max|min|sum|sum|count]<I>) :- put(N, I)
    .3  got(P, V)@async :- level(N, I), I [>|<|==] NUMBER, start(_, V)@1, peer(N, P)""")], [
        ("behind:NI", """
    1!  behind(N, I) :- level(N, I), level(P, J), [J < I|J > I|J != I]
    1   pre(N, I) :- level(N, I)[|, notin crash(N, N, _)]
    1!  post(N, I) :- level(N, I), notin behind(N, I)"""),
        ("", """
    1   pre(N) :- peer(N, _)[|, notin crash(N, N, _)]
    1!  post(N) :- level(N, I), I [>=|>|<|<=|==|!=] NUMBER"""), AGREED]),
    # What is sent again may come twice.
    "copies": ([("copy:NNV seen:NNV twice:N", """
    1!  copy(P, N, V)@async :- now(N, 1), start(N, V)@1, peer(N, P)
    1   copy(P, N, V)@async :- now(N, LATER), start(N, V)@1, peer(N, P), notin ack(N, P)
    .2  copy(P, N, V)@async :- copy(N, _, V), peer(N, P), notin seen(N, _, V)
    .9! seen(N, P, V)@next :- copy(N, P, V)
    1!  seen(N, P, V)@next :- seen(N, P, V)
    1!  twice(N) :- copy(N, P, V), seen(N, [P|P|_], V)
    .8  twice(N)@next :- twice(N)
    .9! ack(P, N)@async :- copy(N, P, V)
    .9! ack(N, P)@next :- ack(N, P)
    .5  got(N, V) :- copy(N, P, V)[|, notin seen(N, P, V)]""")], [
        ("", """
    1   pre(N) :- [peer(N, _)|seen(N, _, _)][|, notin crash(N, N, _)]
    1!  post(N) :- peer(N, _), notin twice(N)"""), AGREED]),
    # Some go, some stop; nobody should do one where another does the other.
    "commit": ([("aye:NN ayes:NI go:N stop:N", """
    1   aye(P, N)@async :- got(N, V), peer(N, P), [start(P, V)@1|start(P, V)@1|notin start(N, V)@1]
    .8! aye(N, P)@next :- aye(N, P)
    1!  ayes(N, count<P>) :- aye(N, P)
    1!  go(N) :- ayes(N, C), C [>= QUORUM|> FEWER]
    .9! go(N)@next :- go(N)
    .8  go(P)@async :- go(N), peer(N, P)
    1!  stop(N)[@next|] :- now(N, [EARLY|LATER]), notin go(N)[||, notin crash(N, _, _)]
    .8! stop(N)@next :- stop(N)
    .6  stop(P)@async :- stop(N), peer(N, P)""")], [
        # a pre that the good run need not have
        ("", """
    1   pre(N, P) :- stop(N), peer(N, P)[|, notin crash(P, P, _)]
    1!  post(N, P) :- pre(N, P), notin go(P)"""),
        ("", """
    1   pre(N, P) :- go(N), peer(N, P)[|, notin crash(P, P, _)]
    1!  post(N, P) :- pre(N, P), [notin stop(P)|notin stop(P)|go(P)]"""),
        ("", """
    1   pre(N) :- peer(N, _), notin crash(N, N, _)
    1!  post(N) :- go(N)
    1!  post(N) :- stop(N)"""), AGREED]),
    # What is there at a time counts, what comes later does not.
    "kept": ([("kept:NV", """
    1   kept(N, V) :- now(N, LATER), got(N, V)
    .9! kept(N, V)@next :- kept(N, V)
    .4  got(P, V)@async :- kept(N, V), peer(N, P)[|, notin ack(N, P)]""")], [
        ("", """
    1   pre(N, V) :- got(N, V)[|, notin crash(N, N, _)]
    1!  post(N, V) :- kept(N, V)"""),
        ("fresh:NV", """
    1!  fresh(N, V) :- got(N, V), notin kept(N, V)
    1   pre(N, V) :- [got(N, V)|kept(_, V), peer(N, _)]
    1!  post(N, V) :- pre(N, V), notin fresh([N|N|_], V)"""), AGREED])}

# What tells two of the nodes apart that were alike, in a rule that may read N and P: an order, a
# name, an input, the least node of some.
DIFFERENCES = ["N < P", "N > P", "P > ONE", "P <= ONE", "N >= ONE", 'P < "bb"', 'P > "bb"',
               "P == ONE", "P != ONE", "ONE != P", "N != ONE", "special(P)@1", "notin special(P)@1",
               "first(N, P)", "notin first(N, P)", "peer(P, ONE)", "notin ack(P, ONE)",
               "notin got(ONE, _)"]
FIRST = "first(N, [min|max]<P>) :- peer(N, P)[||, notin ack(N, P)|, got(P, _)]"
# Little else than one message, and
SKELETON = ("", """
    1!  peer(N, P)@next :- peer(N, P)
    1!  got(N, V)@next :- got(N, V)
    1!  got(P, V)@async :- start(N, V), peer(N, P)
    .5! got(N, V) :- start(N, V)
    .5! ack(P, N)@async :- got(N, _), peer(P, N)
    .5! ack(N, P)@next :- ack(N, P)""")
# a second way that is open to some only; DIFFERENCE is one of those above.
REPAIRS = [
    "got(P, V)@async :- now(N, LATER), start(N, V)@1, peer(N, P), DIFFERENCE",
    "got(P, V)@async :- now(N, LATER), start(N, V)@1, peer(N, P), notin ack(N, P), DIFFERENCE",
    "got(P, V)@async :- now(N, LATER), got(N, V), peer(N, P), DIFFERENCE",
    "got(P, V)@async :- now(N, LATER), got(N, V), peer(N, P), notin crash(N, P, _), DIFFERENCE",
    "got(P, V) :- now(N, LATER), start(N, V)@1, peer(N, P), DIFFERENCE",
    "got(ONE, V)@async :- now(N, LATER), start(N, V)@1",
    "got(P, V)@async :- got(N, V), peer(N, P), notin ack(N, P), DIFFERENCE",
    "ack(P, N)@async :- got(N, _), peer(N, P), DIFFERENCE",
    "ack(P, N)@async :- got(N, _), peer(N, P), crash(N, P, [_|WHEN]), DIFFERENCE"]
