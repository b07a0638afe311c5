/* Primary/backup replication with sequence numbers (models/primary_backup/rung3.ded, inputs
 * late_write.ded) for the SPIN model checker.
 *
 *     spin -a -DEOT=22 -DEFF=0 -DCRASHES=1 rung3.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan
 *
 * The bounds mean what they mean to ldfi: rounds from 1 to EOT; a message may be lost that a replica
 * sends before EFF, at most OMISSIONS of them (all that one sends another in a round are one);
 * at most CRASHES of the replicas crash, and what one sends from its crash on is lost. The oracle M
 * and the client C are immune. Each round is one atomic step, so that SPIN stores one state a round
 * and branch.
 *
 * What is left out: a replica that has crashed stands still and forgets, since whatever it would do,
 * nobody hears of it and the promise does not ask (SPIN has fewer states so); terms, which rung 3
 * does not use; resending, which is an input of other scenarios. Sets are bit masks.
 *
 * How it is known that this is rung3.ded: ci/bench/equivalence. With -DHISTORY the model prints every
 * schedule of faults and whether it breaks the promise, and the script compares each of these verdicts
 * with that of `ldfi replay`, and the minimal schedules with those of `ldfi run --all`. */

#include "schedule.pml"

#ifndef OMISSIONS
#define OMISSIONS 255
#endif

#define REPLICAS 3 /* a, b, c by number; also their order of promotion, c first */
#define CLIENT 3   /* C */
#define WRITES 2   /* w1 is 1, w2 is 2; slots are 1 and 2, and slot or write 0 is none */
#define SLOTS 2

#define bit_of(x) (1 << (x))
#define has(mask, x) ((mask >> (x)) & 1)

/* What one process has sent another: everything that a single omission loses. */
typedef link {
    byte writes, client_acks; /* sets of writes */
    byte rep_slot, rep_write;
    byte rep_acks; /* a set of slots */
};
link net[16]; /* from * 4 + to */
hidden link inbox[16];
#define sent(from, to) net[(from) * 4 + (to)]
#define got(from, to) inbox[(from) * 4 + (to)]

typedef view {
    byte epoch, leader, members; /* epoch 0: no view has come */
};

typedef replica {
    byte seen_epoch, followed, members;
    byte log[3];                         /* by slot */
    byte last_slot;
    byte queue[3];                       /* by slot: who is still to be sent it */
    byte operation[3], origin[3];        /* by slot: the write, and who it came from */
    byte acks[3], answered;              /* by slot: who has it; the slots answered */
    byte forwarded[3];                   /* by write: whom it came from */
};
replica r[REPLICAS];
view views[REPLICAS];

/* M: who is in sync, and how many failures there were. */
byte in_sync = 7, epoch;

byte acked;   /* at C: a set of writes */
byte crashed; /* a set of replicas */
byte round = 1, crashes, omissions;
byte node, to, slot, w, from;
bit broken, kept;
hidden byte was_following, others, top, senders;
hidden byte promoted, primary; /* of the replica whose turn it is */

/* The highest name in a set of replicas. */
#define highest(mask) (has(mask, 2) -> 2 : (has(mask, 1) -> 1 : 0))

/* The messages of the last round become the inbox. */
inline receive()
{
    node = 0;
    do
    :: node < 16 ->
        inbox[node].writes = net[node].writes;
        inbox[node].client_acks = net[node].client_acks;
        inbox[node].rep_slot = net[node].rep_slot;
        inbox[node].rep_write = net[node].rep_write;
        inbox[node].rep_acks = net[node].rep_acks;
        net[node].writes = 0;
        net[node].client_acks = 0;
        net[node].rep_slot = 0;
        net[node].rep_write = 0;
        net[node].rep_acks = 0;
        node++
    :: else -> break
    od
}

/* C sends its scripted writes (inputs/late_write.ded) and remembers what was acknowledged. */
inline client_round()
{
    acked = acked | got(0, CLIENT).client_acks | got(1, CLIENT).client_acks |
            got(2, CLIENT).client_acks;
    if
    :: round == 1 -> sent(CLIENT, 2).writes = bit_of(1)
    :: round == 8 -> sent(CLIENT, 1).writes = bit_of(2)
    :: else
    fi
}

/* parts/membership.ded: a newer view takes effect before anything else. */
inline adopt()
{
    was_following = r[node].followed;
    if
    :: views[node].epoch > r[node].seen_epoch ->
        r[node].seen_epoch = views[node].epoch;
        r[node].followed = views[node].leader;
        r[node].members = views[node].members
    :: else
    fi;
    primary = (r[node].followed == node);
    promoted = (primary && was_following != node);
    others = r[node].members & ~bit_of(node)
}

/* Resync: a new primary queues what it has, and numbers from its highest slot on. */
inline promote()
{
    if
    :: promoted ->
        top = 0;
        slot = 1;
        do
        :: slot <= SLOTS ->
            if
            :: r[node].log[slot] != 0 ->
                top = slot;
                r[node].queue[slot] = r[node].queue[slot] | others
            :: else
            fi;
            slot++
        :: else -> break
        od;
        r[node].last_slot = top
    :: else
    fi
}

/* A copy: stored if the slot is empty, acknowledged in any case. */
inline take_copies()
{
    from = 0;
    do
    :: from < REPLICAS ->
        if
        :: got(from, node).rep_slot != 0 ->
            /* Two copies for a slot in one round would be both kept; it does not happen. */
            if
            :: r[node].log[got(from, node).rep_slot] == 0 ->
                r[node].log[got(from, node).rep_slot] = got(from, node).rep_write
            :: else
            fi;
            sent(node, from).rep_acks =
                sent(node, from).rep_acks | bit_of(got(from, node).rep_slot)
        :: else
        fi;
        slot = 1;
        do
        :: slot <= SLOTS ->
            if
            :: has(got(from, node).rep_acks, slot) ->
                r[node].acks[slot] = r[node].acks[slot] | bit_of(from)
            :: else
            fi;
            slot++
        :: else -> break
        od;
        from++
    :: else -> break
    od
}

/* A write: numbered by the primary, in the order of names; passed on by the others. */
inline take_writes()
{
    w = 1;
    do
    :: w <= WRITES ->
        senders = 0;
        from = 0;
        do
        :: from <= CLIENT ->
            if
            :: has(got(from, node).writes, w) -> senders = senders | bit_of(from)
            :: else
            fi;
            from++
        :: else -> break
        od;
        if
        :: senders != 0 && primary ->
            r[node].last_slot++;
            assert(r[node].last_slot <= SLOTS && r[node].log[r[node].last_slot] == 0);
            slot = r[node].last_slot;
            r[node].log[slot] = w;
            r[node].operation[slot] = w;
            r[node].origin[slot] = senders;
            r[node].queue[slot] = others
        :: senders != 0 && !primary ->
            r[node].forwarded[w] = r[node].forwarded[w] | senders;
            sent(node, r[node].followed).writes =
                sent(node, r[node].followed).writes | bit_of(w)
        :: else
        fi;
        w++
    :: else -> break
    od
}

/* parts/forwarding.ded: acknowledgements go back the way that the write came. */
inline pass_acks_back()
{
    w = 1;
    do
    :: w <= WRITES ->
        if
        :: has(got(0, node).client_acks | got(1, node).client_acks | got(2, node).client_acks, w) ->
            acknowledge(r[node].forwarded[w], w)
        :: else
        fi;
        w++
    :: else -> break
    od
}

inline acknowledge(whom, write)
{
    to = 0;
    do
    :: to <= CLIENT ->
        if
        :: has(whom, to) -> sent(node, to).client_acks = sent(node, to).client_acks | bit_of(write)
        :: else
        fi;
        to++
    :: else -> break
    od
}

/* parts/queue.ded and parts/staggered.ded: one copy a round, lowest slot and lowest name first; what
 * is for others than members is dropped. */
inline send_a_copy()
{
    kept = 0;
    slot = 1;
    do
    :: slot <= SLOTS ->
        r[node].queue[slot] = r[node].queue[slot] & r[node].members;
        to = 0;
        do
        :: to < REPLICAS ->
            if
            :: has(r[node].queue[slot], to) && !kept ->
                kept = 1;
                r[node].queue[slot] = r[node].queue[slot] & ~bit_of(to);
                sent(node, to).rep_slot = slot;
                sent(node, to).rep_write = r[node].log[slot]
            :: else
            fi;
            to++
        :: else -> break
        od;
        slot++
    :: else -> break
    od;
    kept = 0
}

/* parts/answers.ded: a write is acknowledged once every other member has it. */
inline answer()
{
    slot = 1;
    do
    :: slot <= SLOTS ->
        if
        :: primary && r[node].operation[slot] != 0 && !has(r[node].answered, slot) &&
           (others & ~r[node].acks[slot]) == 0 ->
            r[node].answered = r[node].answered | bit_of(slot);
            acknowledge(r[node].origin[slot], r[node].operation[slot])
        :: else
        fi;
        slot++
    :: else -> break
    od
}

/* parts/master.ded: whoever crashes in this round is out of sync from the next on; from the first
 * failure on M sends the view to all in sync, in every round. */
inline master_round()
{
    node = 0;
    do
    :: node < REPLICAS ->
        views[node].epoch = (has(in_sync, node) -> epoch : 0);
        views[node].leader = highest(in_sync);
        views[node].members = (epoch > 0 && has(in_sync, node) -> in_sync : 0);
        if
        :: views[node].epoch == 0 -> views[node].leader = 0
        :: else
        fi;
        node++
    :: else -> break
    od;
    if
    :: (in_sync & crashed) != 0 -> epoch++
    :: else
    fi;
    in_sync = in_sync & ~crashed
}

inline forget()
{
    r[node].seen_epoch = 0;
    r[node].followed = 0;
    r[node].members = 0;
    r[node].last_slot = 0;
    r[node].answered = 0;
    slot = 0;
    do
    :: slot <= SLOTS ->
        r[node].log[slot] = 0;
        r[node].queue[slot] = 0;
        r[node].operation[slot] = 0;
        r[node].origin[slot] = 0;
        r[node].acks[slot] = 0;
        r[node].forwarded[slot] = 0;
        slot++
    :: else -> break
    od
}

/* One of the replicas that crash in this round, at random. */
inline choose_crashes()
{
    node = 0;
    do
    :: node < REPLICAS ->
        if
        :: skip
        :: crashes < CRASHES && !has(crashed, node) ->
            crashed = crashed | bit_of(node);
            crashes++;
            forget();
            REMEMBER(CRASH, node, 0, round)
        fi;
        node++
    :: else -> break
    od;
    node = 0;
    slot = 0
}

/* Which of the messages of this round are lost, at random. */
#define is_empty(l) (l.writes == 0 && l.client_acks == 0 && l.rep_slot == 0 && l.rep_acks == 0)
inline choose_omissions()
{
    node = 0;
    do
    :: node < REPLICAS && round < EFF ->
        to = 0;
        do
        :: to <= CLIENT ->
            if
            :: skip
            :: omissions < OMISSIONS && !is_empty(sent(node, to)) ->
                omissions = (OMISSIONS == 255 -> 0 : omissions + 1);
                sent(node, to).writes = 0;
                sent(node, to).client_acks = 0;
                sent(node, to).rep_slot = 0;
                sent(node, to).rep_write = 0;
                sent(node, to).rep_acks = 0;
                REMEMBER(OMISSION, node, to, round)
            fi;
            to++
        :: else -> break
        od;
        node++
    :: else -> break
    od;
    node = 0;
    to = 0
}

/* parts/slot_promise.ded, for the replicas that are in sync and have not crashed. */
#define stays(x) (has(in_sync, x) && !has(crashed, x))
#define holds(x, s, v) (r[x].log[s] == v)
inline judge()
{
    node = 0;
    do
    :: node < REPLICAS ->
        to = 0;
        do
        :: to < REPLICAS ->
            slot = 1;
            do
            :: slot <= SLOTS ->
                if
                :: stays(node) && stays(to) && r[node].log[slot] != 0 &&
                   r[node].log[slot] != r[to].log[slot] -> broken = 1
                :: else
                fi;
                slot++
            :: else -> break
            od;
            to++
        :: else -> break
        od;
        w = 1;
        do
        :: w <= WRITES ->
            if
            :: stays(node) && has(acked, w) && r[node].log[1] != w && r[node].log[2] != w ->
                broken = 1
            :: else
            fi;
            w++
        :: else -> break
        od;
        node++
    :: else -> break
    od
}

active proctype rounds()
{
    d_step {
        node = 0;
        do
        :: node < REPLICAS ->
            r[node].followed = 2;
            r[node].members = 7;
            node++
        :: else -> break
        od
    };
    do
    :: atomic {
        choose_crashes();
        d_step {
            receive();
            client_round();
            node = 0;
            do
            :: node < REPLICAS ->
                if
                :: !has(crashed, node) ->
                    adopt();
                    promote();
                    take_copies();
                    take_writes();
                    pass_acks_back();
                    answer();
                    send_a_copy()
                :: else
                fi;
                node++
            :: else -> break
            od
        };
        if
        :: round == EOT -> break
        :: else
        fi;
        d_step {
            master_round();
            node = 0;
            to = 0;
            slot = 0;
            w = 0;
            from = 0
        };
        choose_omissions();
        round++
    }
    od;
    node = 0;
    d_step {
        judge()
    };
    REPORT(broken)
    assert(!broken)
}
