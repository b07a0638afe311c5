/* Broadcast with retries (models/delivery/retry.ded) for the SPIN model checker.
 *
 *     spin -a -DEOT=4 -DEFF=2 -DCRASHES=1 retry.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan
 *
 * The bounds mean what they mean to ldfi: rounds from 1 to EOT; a message may be lost that is sent
 * before EFF; at most CRASHES of the nodes crash, and what a node sends from its crash on is lost,
 * while it still receives. Each round is one atomic step, so that SPIN stores one state a round and
 * branch. What is left out is what never changes: who knows whom, and the broadcaster's outbox.
 *
 * How it is known that this is retry.ded: ci/bench/equivalence. With -DHISTORY the model prints every
 * schedule of faults and whether it breaks the promise, and the script compares each of these verdicts
 * with that of `ldfi replay`, and the minimal schedules with those of `ldfi run --all`. */

#include "schedule.pml"

#define NODES 3 /* a, b, c; a broadcasts */

bit holds[NODES], arrives[NODES], crashed[NODES];
byte round = 1, crashes;
byte node;
bit broken;

active proctype rounds()
{
    do
    :: atomic {
        /* Who crashes in this round? */
        node = 0;
        do
        :: node < NODES ->
            if
            :: skip
            :: crashes < CRASHES && !crashed[node] ->
                crashed[node] = 1;
                crashes++;
                REMEMBER(CRASH, node, 0, round)
            fi;
            node++
        :: else -> break
        od;

        node = 0;

        /* What the last round's messages have brought is kept; a has its own message. */
        d_step {
            do
            :: node < NODES ->
                holds[node] = holds[node] || arrives[node] || node == 0;
                arrives[node] = 0;
                node++
            :: else -> break
            od;
            node = 0
        };
        if
        :: round == EOT -> break
        :: else
        fi;

        /* a sends its message to b and c, once more. */
        node = 1;
        do
        :: node < NODES ->
            if
            :: !crashed[0] -> arrives[node] = 1
            :: !crashed[0] && round < EFF -> REMEMBER(OMISSION, 0, node, round)
            :: crashed[0] -> skip
            fi;
            node++
        :: else -> break
        od;
        node = 0;
        round++
    }
    od;

    /* pre: a correct node other than the broadcaster holds the message. post: so do all. */
    node = 1;
    d_step {
        do
        :: node < NODES ->
            broken = broken ||
                     (holds[node] && !crashed[node] && !(holds[0] && holds[1] && holds[2]));
            node++
        :: else -> break
        od
    };
    REPORT(broken)
    assert(!broken)
}
