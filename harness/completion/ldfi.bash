# What follows is the same for every ldfi; above it is what its tables of commands and options say.

# Offers those of the words that begin as the user began.
_ldfi_words() {
    local word
    for word; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done
}

_ldfi_folders() {
    local folder
    compopt -o filenames 2>/dev/null
    while IFS= read -r folder; do
        COMPREPLY+=("$folder")
    done < <(compgen -d -- "$cur")
}

# Files with one of the endings, and folders on the way there; without endings any file.
_ldfi_files() {
    local file ending
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do
        [ $# -eq 0 ] && COMPREPLY+=("$file")
        for ending; do
            [[ $file == *.$ending && ! -d $file ]] && COMPREPLY+=("$file")
        done
    done < <(compgen -f -- "$cur")
    [ $# -eq 0 ] || _ldfi_folders
}

# Names of nodes, at most so many, each with a comma before the next: those of the scenario on the
# command line, or those that --nodes names.
_ldfi_nodes() {
    local most=$1 before='' behind='' commas=${cur//[^,]/} node i
    local -a nodes=()
    [ "${#commas}" -lt "$most" ] || return
    [[ $cur == *,* ]] && before=${cur%,*},
    [ "$most" -ge 100 ] || behind=,
    compopt -o nospace 2>/dev/null
    for ((i = 2; i < ${#COMP_WORDS[@]}; i++)); do
        case ${COMP_WORDS[i]} in
        *.json)
            while IFS= read -r node; do
                nodes+=("$node")
            done < <("${COMP_WORDS[0]}" completion nodes "${COMP_WORDS[i]}" 2>/dev/null)
            ;;
        -N | --nodes)
            [ "$i" -eq $((COMP_CWORD - 1)) ] || IFS=, read -ra nodes <<<"${COMP_WORDS[i + 1]-}"
            ;;
        esac
    done
    for node in "${nodes[@]}"; do
        [[ ,$before == *,"$node",* ]] || _ldfi_words "$before$node$behind"
    done
}

_ldfi() {
    local cur=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} options='' words='' endings=''
    COMPREPLY=()
    if [ "$COMP_CWORD" -le 1 ]; then
        _ldfi_words $_ldfi_commands --help --version
        return
    fi
    # bash takes --option=value for three words.
    if [ "$cur" = = ]; then
        cur=''
    elif [ "$last" = = ]; then
        last=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    _ldfi_value "$command" "$last" && return
    _ldfi_operands "$command"
    if [[ $cur == -* ]]; then
        _ldfi_words $options
        return
    fi
    _ldfi_words $words
    [ -z "$endings" ] || _ldfi_files ${endings/\*/}
}

complete -F _ldfi ldfi
