#!/usr/bin/env bats
# Programs on which lineage search once certified what exhaustive search breaks, or called certified
# what ends in an error. Each says what is special about it.

load common

# both STATUS WORDS OPTION...: m.ded, searched either way, ends with this status and says this.
both() {
    local wanted=$1 words=$2 search
    shift 2
    for search in lineage exhaustive; do
        ldfi "$wanted" run m.ded "$@" --search $search
        says "$output$stderr" "$words"
    done
}

# What all have: a message of a to n at time 1, which lost(n) misses at time 2 when it is lost.
COMMON='m("a","a")@1; to("a","n")@1; got(N)@async :- m(X,_), to(X,N); clock("n")@2;
lost(N) :- clock(N), notin got(N);'

@test "a count that is needed for one of its own contributions" {
    cat >m.ded <<END
$COMMON
base("n",1)@2; base("n",2)@2; base("n",3)@2; base("n",4)@2; base("n",5)@2;
e(N,7) :- clock(N), got(N);   e(N,8) :- clock(N), got(N);
c(N,X) :- base(N,X);  c(N,7) :- lost(N);  c(N,X) :- h(N,6), e(N,X);
h(N,count<X>) :- c(N,X);
bad(N)@next :- h(N,6); bad(N)@next :- bad(N);
ok(N)@next :- base(N,1); ok(N)@next :- ok(N);
pre(N) :- ok(N); post(N) :- ok(N), notin bad(N);
END
    both 1 'Counterexample 1: omit\(a,n,1\)' -N n,a -t 4 -f 3 -c 0
}

@test "a fact that a count leaves undefined when a message is lost" {
    cat >m.ded <<END
$COMMON
base("n",1)@2; base("n",2)@2;
c(N,X) :- base(N,X);  c(N,3) :- h(N,2), lost(N);  h(N,count<X>) :- c(N,X);
ok(N) :- clock(N); ok(N)@next :- ok(N); pre(N) :- ok(N); post(N) :- ok(N);
END
    both 2 'leaves undefined: .*h\("n", 2\)' -N n,a -t 4 -f 3 -c 0
}

@test "more new facts in a cycle through notin than are told apart" {
    local count i
    for count in 47 48 49 61 64 97; do
        {
            echo "$COMMON"
            for ((i = 0; i < count; i++)); do echo "d(\"n\",$i,$((i == 0)),0)@2;"; done
            cat <<'END'
bad(N) :- u(N,_,1,_), notin z(N);
u(N,X,Y,Z) :- lost(N), d(N,X,Y,Z), notin z(N);
z(N) :- u(N,_,_,_), bad(N), never(N);   never(N)@next :- never(N);
bad2(N)@next :- bad(N); bad2(N)@next :- bad2(N); ok("n")@2; ok(N)@next :- ok(N);
pre(N) :- ok(N); post(N) :- ok(N), notin bad2(N);
END
        } >m.ded
        both 1 'Counterexample 1: omit\(a,n,1\)' -N n,a -t 4 -f 3 -c 0
    done
}

@test "several aggregates over many contributions, in a cycle that only a fault closes" {
    cat >m.ded <<'END'
m("b","b")@1; to("b","n")@1; to("a","n")@1; got(N)@async :- m(X,_), to(X,N);
go("a",1)@1; go("a",2)@1; go("a",3)@1; go("a",4)@1; go("a",5)@1; go("a",6)@1; go("a",7)@1;
val(N,V)@async :- go(X,V), to(X,N);
clock("n")@2; lost(N) :- clock(N), notin got(N);
c(N,X) :- val(N,X); c(N,150) :- lost(N);
c(N,0) :- t(N,Mx,Mn), Mx > 100, Mn > 0;
t(N,max<X>,min<X>) :- c(N,X);
ok("n")@2; ok(N)@next :- ok(N); pre(N) :- ok(N); post(N) :- ok(N);
END
    both 2 'leaves undefined: .*t\("n", 150' -N n,a,b -t 4 -f 3 -c 0
}

@test "an error of arithmetic that would need what is not there is none" {
    cat >m.ded <<'END'
x(N, 1/Z) :- a(N,Z), notin b(N);
b(N) :- a(N,_);   b(N) :- x(N,5), a(N,7);   a("n",0)@1;
ok("n")@1; ok(N)@next :- ok(N); pre(N) :- ok(N); post(N) :- ok(N);
END
    both 0 certified -N n -t 3 -f 0 -c 0
}

@test "a cycle through notin that counts without end is an error, and soon" {
    printf '%s\n' 'r("n",0)@1; r(N,X+1) :- r(N,X), notin z(N); z(N) :- r(N,_), never(N);' \
        'never(N)@next :- never(N); pre(N) :- r(N,0); post(N) :- r(N,0);' >m.ded
    both 2 'm.ded:1:[0-9]+: error: more than .* does a rule count without end' -N n -t 3 -f 0 -c 0
}
