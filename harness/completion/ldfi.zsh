# What follows is the same for every ldfi; above it is what its tables of commands and options say.

# Names of nodes, at most so many, each with a comma before the next: those of the scenario on the
# command line, or those that --nodes names.
_ldfi_nodes() {
    local most=$1 commas=${PREFIX//[^,]/} i
    local -a nodes given
    (( $#commas < most )) || return
    for (( i = 1; i <= $#words; i++ )); do
        case $words[i] in
        *.json) nodes=(${(f)"$($_ldfi_program completion nodes ${(Q)words[i]} 2>/dev/null)"}) ;;
        -N|--nodes) (( i + 1 == CURRENT )) || nodes=(${(s:,:)${(Q)words[i + 1]}}) ;;
        esac
    done
    [[ $PREFIX != *,* ]] || given=(${(s:,:)PREFIX%,*})
    nodes=(${nodes:|given})
    compset -P '*,'
    (( $#nodes )) || return
    if (( most >= 100 )); then
        compadd -q -S ',' -a nodes
    else
        compadd -S ',' -a nodes
    fi
}

# Words, files with one of the endings (`*`: any), and, if $3 says so, the names of commands.
_ldfi_operands() {
    [[ -z $1 ]] || compadd -- ${=1}
    (( ! $3 )) || _describe -t commands 'ldfi command' _ldfi_commands
    case $2 in
    '') ;;
    '*') _files ;;
    *\ *) _files -g "*.(${2// /|})" ;;
    *) _files -g "*.$2" ;; # zsh would take (one) for what files are like
    esac
}

_ldfi() {
    local _ldfi_program=$words[1] command
    if (( CURRENT == 2 )); then
        _describe -t commands 'ldfi command' _ldfi_commands
        return
    fi
    command=$words[2]
    shift words
    (( CURRENT-- ))
    _ldfi_arguments "$command"
}

if [[ $funcstack[1] == _ldfi ]]; then
    _ldfi "$@"
else
    compdef _ldfi ldfi
fi
